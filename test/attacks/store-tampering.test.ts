/** Somebody writes the files of a store: what is changed, swapped, cut, older or missing is refused. */
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createSqliteStore, type Store } from '@belljar/store';
import { describe, expect } from 'vitest';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { type Cells, putRow, rows, tamper } from '../helpers/store-database.js';
import {
  createdFile,
  executionFinish,
  executionStart,
  NOW,
  sandboxRecord,
} from '../helpers/store-records.js';
import { verifies } from '../helpers/verifies.js';

const makeDirectory = useDirectories();
const content = (id: string) => Buffer.from(`content of ${id}`);
const corrupt = { name: 'StoreError', code: 'STORE_CORRUPT' };

/** Everything of a sandbox is read. */
async function readAll(store: Store, id: string): Promise<void> {
  const record = await store.getSandbox(id);
  if (!record) throw new Error(`${id} is not there`);
  expect(record.displayName).toBe(`name of ${id}`);
  const entries = await store.listExecutions(id, { limit: 9 });
  expect(entries.map(({ id: one, code }) => `${one} ${code}`)).toEqual(['e1 1', 'e2 1']);
  for (const entry of entries) await store.getExecution(id, entry.id);
  const checkpoint = await store.getCheckpoint(id);
  expect(Buffer.from(checkpoint?.manifest ?? []).toString()).toBe(`manifest of ${id}`);
  for (const sha256 of checkpoint?.blobs ?? []) {
    expect(Buffer.from((await store.getBlob(id, sha256)) ?? []).equals(content(id))).toBe(true);
  }
}

/** Two sandboxes, each with two entries, a checkpoint and a blob. */
async function fill(store: Store): Promise<void> {
  for (const id of ['a', 'b']) {
    await store.createSandbox(sandboxRecord({ id, displayName: `name of ${id}` }));
    const files = [createdFile('f', content(id))];
    await store.putBlob(id, content(id), 'e');
    for (const entry of ['e1', 'e2']) {
      const ended = { ...executionStart({ id: entry }), ...executionFinish({ files }) };
      await store.appendExecution(id, ended);
    }
    await store.addCheckpoint(id, {
      id: 'c',
      position: 2,
      createTime: NOW,
      manifest: Buffer.from(`manifest of ${id}`),
      blobs: files.map(({ sha256 }) => sha256),
    });
  }
}

const OF_A = 'sandbox = (SELECT row FROM sandboxes WHERE id = ?)';
const ofA = (directory: string, table: string): Cells[] =>
  rows(directory, `SELECT * FROM ${table} WHERE ${OF_A} ORDER BY 2`, 'a');
const ofB = (directory: string, table: string): Cells[] =>
  rows(directory, `SELECT * FROM ${table} WHERE ${OF_A} ORDER BY 2`, 'b');
const recordOf = (directory: string, id: string): Cells =>
  rows(directory, 'SELECT * FROM sandboxes WHERE id = ?', id)[0] as Cells;

function flip(bytes: unknown, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes as Uint8Array);
  const at = index < 0 ? copy.length + index : index;
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

const attacks: [string, (directory: string) => void][] = [
  ...['executions', 'outcomes', 'checkpoints'].flatMap((table): typeof attacks => [
    [
      `a changed byte in ${table}`,
      (directory) => {
        const [row] = ofA(directory, table) as [Cells];
        putRow(directory, table, { ...row, text: flip(row.text, -1) });
      },
    ],
    [
      `a cut text in ${table}`,
      (directory) => {
        const [row] = ofA(directory, table) as [Cells];
        putRow(directory, table, { ...row, text: (row.text as Uint8Array).slice(0, 5) });
      },
    ],
    [
      `another sandbox’s row in ${table}`,
      (directory) => {
        const [mine, others] = [ofA(directory, table)[0], ofB(directory, table)[0]];
        putRow(directory, table, { ...others, sandbox: mine?.sandbox as number });
      },
    ],
    [
      `a missing newest row in ${table}`,
      (directory) => {
        const newest = `(SELECT max(position) FROM ${table} WHERE ${OF_A})`;
        tamper(directory, (database) =>
          database
            .prepare(`DELETE FROM ${table} WHERE ${OF_A} AND position = ${newest}`)
            .run('a', 'a'),
        );
      },
    ],
  ]),
  [
    'an entry at another position',
    (directory) => {
      const [first, second] = ofA(directory, 'executions') as [Cells, Cells];
      tamper(directory, (database) => database.exec('DROP INDEX executions_by_id'));
      putRow(directory, 'executions', { ...first, position: second.position as number });
      putRow(directory, 'executions', { ...second, position: first.position as number });
    },
  ],
  [
    'an outcome in place of what began',
    (directory) => {
      const { tag, text } = ofA(directory, 'outcomes')[0] as { tag: Uint8Array; text: Uint8Array };
      const [row] = ofA(directory, 'executions') as [Cells];
      putRow(directory, 'executions', { ...row, tag, text });
    },
  ],
  [
    'an outcome of another entry',
    (directory) => {
      const [first, second] = ofA(directory, 'outcomes') as [Cells, Cells];
      putRow(directory, 'outcomes', { ...first, outcome: second.outcome as Uint8Array });
    },
  ],
  [
    'a changed manifest',
    (directory) => {
      const [row] = ofA(directory, 'checkpoints') as [Cells];
      putRow(directory, 'checkpoints', { ...row, manifest: flip(row.manifest, 20) });
    },
  ],
  [
    'a record of another sandbox',
    (directory) => {
      const [mine, others] = [recordOf(directory, 'a'), recordOf(directory, 'b')];
      const { tag, text, key_id } = others as { tag: Uint8Array; text: Uint8Array; key_id: string };
      putRow(directory, 'sandboxes', { ...mine, tag, text, key_id });
    },
  ],
  ...(
    [
      ['expire_time', NOW + 1_000_000],
      ['state', 'stopped'],
      ['language', 'javascript'],
      ['kind', 'snapshot'],
      ['owner', new Uint8Array(32)],
      ['text', new Uint8Array(100)],
      ['tag', new Uint8Array(3)],
    ] as const
  ).map(([column, value]): (typeof attacks)[number] => [
    `another ${column} of a record`,
    (directory) => putRow(directory, 'sandboxes', { ...recordOf(directory, 'a'), [column]: value }),
  ]),
  [
    'a key of another sandbox',
    (directory) => {
      const keys = ['a', 'b'].map((id) =>
        rows(
          directory,
          'SELECT * FROM keys WHERE id = ?',
          recordOf(directory, id).key_id as string,
        ),
      );
      const [[mine], [others]] = keys as [[Cells], [Cells]];
      putRow(directory, 'keys', { ...mine, wrapped: others.wrapped as Uint8Array });
    },
  ],
  [
    'a missing key',
    (directory) => {
      const id = recordOf(directory, 'a').key_id as string;
      tamper(directory, (database) => database.prepare('DELETE FROM keys WHERE id = ?').run(id));
    },
  ],
  [
    'a key of another blob',
    (directory) => {
      const [mine, others] = [ofA(directory, 'holds')[0], ofB(directory, 'holds')[0]];
      const { tag, text } = others as { tag: Uint8Array; text: Uint8Array };
      putRow(directory, 'holds', { ...mine, tag, text });
    },
  ],
  [
    'the blob of another sandbox',
    (directory) => {
      const [mine, others] = [ofA(directory, 'holds')[0], ofB(directory, 'holds')[0]];
      putRow(directory, 'holds', { ...mine, blob: others?.blob as number });
    },
  ],
  ...(
    [
      ['a changed byte in', (file) => writeFileSync(file, flip(readFileSync(file), 3))],
      ['a changed tag in', (file) => writeFileSync(file, flip(readFileSync(file), -1))],
      ['a cut', (file) => truncateSync(file, 10)],
      ['an empty', (file) => truncateSync(file, 0)],
      ['a longer', (file) => appendFileSync(file, 'x')],
      ['a missing', (file) => rmSync(file)],
      ['another sandbox’s', (file, other) => copyFileSync(other, file)],
    ] as [string, (file: string, other: string) => void][]
  ).map(([name, damage]): (typeof attacks)[number] => [
    `${name} file of a blob`,
    (directory) => {
      const fileOf = (id: string): string => {
        const sql = `SELECT file FROM blobs JOIN holds ON holds.blob = blobs.blob WHERE ${OF_A}`;
        const name = rows(directory, sql, id)[0]?.file as string;
        return blobFiles(directory).find((one) => one.endsWith(name)) as string;
      };
      damage(fileOf('a'), fileOf('b'));
    },
  ]),
];

describe('a store that somebody wrote to', () => {
  verifies('store.sealed', 'reads as it was while nothing is changed', async () => {
    const directory = makeDirectory();
    {
      await using store = await createSqliteStore({ directory });
      await fill(store);
    }
    putRow(directory, 'sandboxes', recordOf(directory, 'a'));
    await using store = await createSqliteStore({ directory });
    for (const id of ['a', 'b']) await readAll(store, id);
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });

  for (const [name, attack] of attacks) {
    verifies('store.sealed', `refuses ${name}, and no other sandbox is harmed`, async () => {
      const directory = makeDirectory();
      {
        await using store = await createSqliteStore({ directory });
        await fill(store);
      }
      attack(directory);
      await using store = await createSqliteStore({ directory });
      await expect(readAll(store, 'a')).rejects.toMatchObject(corrupt);
      await readAll(store, 'b');
      await store.deleteSandbox('a');
      expect(await store.getSandbox('a')).toBeUndefined();
      await readAll(store, 'b');
    });
  }
});

describe('an older row', () => {
  /** Rows of a table before and after `change`; then those of before are put back. */
  async function putBack(
    table: string,
    change: (store: Store) => Promise<unknown>,
    also: (directory: string) => void = () => {},
  ): Promise<{ directory: string; use: () => Promise<void> }> {
    const directory = makeDirectory();
    let older: Cells[];
    {
      await using store = await createSqliteStore({ directory });
      await fill(store);
      older = table === 'sandboxes' ? [recordOf(directory, 'a')] : ofA(directory, table);
      await change(store);
    }
    for (const row of older) putRow(directory, table, row);
    also(directory);
    const use = async (): Promise<void> => {
      await using store = await createSqliteStore({ directory });
      await store.listExecutions('a', { limit: 9 });
    };
    return { directory, use };
  }

  verifies('store.sealed', 'of the journal is refused', async () => {
    const undo = await putBack('executions', (store) => store.rewindJournal('a', 1));
    await expect(undo.use()).rejects.toMatchObject(corrupt);
    const removed = await putBack('checkpoints', (store) => store.removeCheckpoint('a', 'c'));
    await expect(removed.use()).rejects.toMatchObject(corrupt);
    const abandoned = await putBack('executions', async (store) => {
      await store.beginExecution('a', executionStart({ id: 'e3' }));
    });
    await abandoned.use();
  });

  verifies(
    'store.sealed',
    'with a double of its tag, which takes it away from the mark',
    async () => {
      const { directory, use } = await putBack('checkpoints', (store) =>
        store.removeCheckpoint('a', 'c'),
      );
      const [row] = ofA(directory, 'checkpoints') as [Cells];
      const { sandbox, tag } = row as { sandbox: number; tag: Uint8Array };
      const nothing = new Uint8Array();
      putRow(directory, 'outcomes', {
        sandbox,
        position: 99,
        tag,
        text: nothing,
        outcome: nothing,
      });
      await expect(use()).rejects.toMatchObject(corrupt);
      await using store = await createSqliteStore({ directory });
      await expect(store.getCheckpoint('a')).rejects.toMatchObject(corrupt);
    },
  );

  verifies('store.sealed', 'of the record is refused, also by the next write', async () => {
    const journal = (store: Store) => store.beginExecution('a', executionStart({ id: 'e3' }));
    const { directory, use } = await putBack('sandboxes', journal);
    await expect(use()).rejects.toMatchObject(corrupt);
    await using store = await createSqliteStore({ directory });
    const next = store.beginExecution('a', executionStart({ id: 'e4' }));
    await expect(next).rejects.toMatchObject(corrupt);
    await store.beginExecution('b', executionStart({ id: 'e4' }));
  });

  verifies(
    'store.sealed',
    'with all other rows of its sandbox is told by the audit log',
    async () => {
      const directory = makeDirectory();
      await using store = await createSqliteStore({ directory });
      await fill(store);
      const before = recordOf(directory, 'a');
      await store.appendExecution('a', { ...executionStart({ id: 'e3' }), ...executionFinish({}) });
      expect(await store.audit.verify()).toMatchObject({ ok: true });
      for (const table of ['executions', 'outcomes']) {
        tamper(directory, (database) =>
          database.prepare(`DELETE FROM ${table} WHERE ${OF_A} AND position = 3`).run('a'),
        );
      }
      putRow(directory, 'sandboxes', before);
      expect(await store.audit.verify()).toMatchObject({
        ok: false,
        reason: expect.stringContaining("'a' is older"),
      });
    },
  );
});

describe('an older copy of the whole directory', () => {
  verifies('store.sealed', 'is found by a head that was kept elsewhere', async () => {
    const [directory, copy] = [makeDirectory(), makeDirectory()];
    {
      await using store = await createSqliteStore({ directory });
      await fill(store);
    }
    cpSync(directory, copy, { recursive: true });
    await using store = await createSqliteStore({ directory });
    const pinned = await store.audit.head();
    await store.beginExecution('a', executionStart({ id: 'e3' }));
    const newer = await store.audit.head();
    for (const head of [undefined, pinned, newer]) {
      expect(await store.audit.verify(head)).toMatchObject({ ok: true, head: newer });
    }
    await using older = await createSqliteStore({ directory: copy });
    expect(await older.audit.verify(pinned)).toMatchObject({ ok: true });
    expect(await older.audit.verify(newer)).toMatchObject({ ok: false });
    // It goes on by itself, and then has as many lines: other ones.
    await older.beginExecution('a', executionStart({ id: 'e4' }));
    expect(await older.audit.verify(newer)).toMatchObject({
      ok: false,
      reason: `line ${newer.sequence} is another one`,
    });
  });
});
