/** Pages of a list, against a plain model. */
import type { SandboxRecord, Store } from '@belljar/store';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { verifies } from '../../helpers/verifies.js';
import { type CreateStore, NOW, sandbox } from './records.js';

const rowSpec = fc.record({
  idPrefix: fc.constantFrom('a', 'B', '_', '9', '.'),
  createTime: fc.integer({ min: 0, max: 5 }),
  matching: fc.boolean(),
  expired: fc.boolean(),
});
const betweenPages = fc.record({
  added: fc.array(rowSpec, { maxLength: 3 }),
  removedIndexes: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
});

export function describePaging(create: CreateStore): void {
  verifies('list.filter', 'pages are as of a plain model while rows come and go', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(rowSpec, { maxLength: 20 }),
        fc.array(betweenPages, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (first, steps, pageSize) => {
          await using store = await create();
          await comparePages(store, [{ added: first, removedIndexes: [] }, ...steps], pageSize);
        },
      ),
      { numRuns: 200 },
    ),
  );

  it('says that there is no more when the last page is full', async () => {
    await using store = await create();
    for (const id of ['b', 'a']) await store.createSandbox(sandbox({ id }));
    const page = await store.listSandboxes({ pageSize: 2, now: NOW });
    expect(page.sandboxes.map((record) => record.id)).toEqual(['a', 'b']);
    expect(page.nextPageToken).toBeUndefined();
  });
}

type Step = typeof betweenPages extends fc.Arbitrary<infer T> ? T : never;

async function comparePages(store: Store, steps: Step[], pageSize: number): Promise<void> {
  let model: SandboxRecord[] = [];
  let last: SandboxRecord | undefined;
  let pageToken: string | undefined;
  let rows = 0;
  for (const { added, removedIndexes } of steps) {
    for (const { idPrefix, createTime, matching, expired } of added) {
      const labels: Record<string, string> = matching ? { hit: 'yes' } : {};
      const expireTime = expired ? NOW : NOW + 1;
      const id = `${idPrefix}${rows++}`;
      const record = sandbox({ id, createTime, labels, expireTime });
      model.push(record);
      await store.createSandbox(record);
    }
    for (const record of removedIndexes.flatMap((index) => model[index] ?? [])) {
      model = model.filter((other) => other !== record);
      await store.deleteSandbox(record.id);
    }
    const left = model
      .filter((row) => row.labels.hit === 'yes' && row.expireTime > NOW)
      .filter((row) => last === undefined || compareRows(row, last) > 0)
      .sort(compareRows);
    const query = { labels: { hit: 'yes' }, pageSize, pageToken, now: NOW };
    const page = await store.listSandboxes(query);
    expect(page.sandboxes).toEqual(left.slice(0, pageSize));
    expect(page.nextPageToken === undefined).toBe(left.length <= pageSize);
    if (page.nextPageToken === undefined) return;
    pageToken = page.nextPageToken;
    last = page.sandboxes.at(-1);
  }
}

function compareRows(left: SandboxRecord, right: SandboxRecord): number {
  if (left.createTime !== right.createTime) return left.createTime - right.createTime;
  return left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
}
