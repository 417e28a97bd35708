/** Somebody writes records and keys of a store: what is changed, swapped or missing is refused. */
import { createSqliteStore } from '@belljar/store';
import { expect } from 'vitest';
import { type Forgery, fill, readAll, recordOf, verifyRefused } from '../helpers/filled-store.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { type Cells, putRow, rows, tamper } from '../helpers/store-database.js';
import { NOW } from '../helpers/store-records.js';
import { verifies } from '../helpers/verifies.js';

const makeDirectory = useDirectories();

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

verifyRefused([
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
  ).map(
    ([column, value]): Forgery => [
      `another ${column} of a record`,
      (directory) =>
        putRow(directory, 'sandboxes', { ...recordOf(directory, 'a'), [column]: value }),
    ],
  ),
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
]);
