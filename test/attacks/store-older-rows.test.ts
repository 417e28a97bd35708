/** Somebody puts back what was there before: rows of a store, or all of it. */
import { cpSync } from 'node:fs';
import { createSqliteStore, type Store } from '@belljar/store';
import { describe, expect } from 'vitest';
import { corrupt, fill, OF_A, ofA, recordOf } from '../helpers/filled-store.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { type Cells, putRow, tamper } from '../helpers/store-database.js';
import { executionFinish, executionStart } from '../helpers/store-records.js';
import { verifies } from '../helpers/verifies.js';

const makeDirectory = useDirectories();

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
          database.prepare(`DELETE FROM ${table} WHERE ${OF_A} AND position = 4`).run('a'),
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
