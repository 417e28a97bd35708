import type { Engine, ListSandboxesOptions } from '@belljar/core';
import { createMemoryStore, type ListSandboxesQuery } from '@belljar/store';
import { beforeAll, expect } from 'vitest';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
const store = createMemoryStore();
const queries: ListSandboxesQuery[] = [];
let engine: Engine;

beforeAll(async () => {
  const listSandboxes = store.listSandboxes.bind(store);
  store.listSandboxes = (query) => {
    queries.push(query);
    return listSandboxes(query);
  };
  engine = await open({ store, python: plainPython });
  for (let index = 0; index < 6; index += 1) {
    const team = index % 2 === 0 ? 'even' : 'odd';
    const owner = index < 4 ? 'first' : 'second';
    const sandbox = await engine
      .as(owner)
      .createSandbox({ displayName: `s${index}`, labels: { team, index: String(index) } });
    if (index === 0) await sandbox.stop();
  }
});

async function names(options: ListSandboxesOptions, from: Engine = engine): Promise<string[]> {
  const { sandboxes } = await from.listSandboxes(options);
  // Those of one millisecond are in the order of their ids.
  return sandboxes.map(({ displayName }) => displayName).sort();
}

verifies('list.filter', 'by state, language, owner and labels, together too', async () => {
  expect(await names({})).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
  expect(await names({ state: 'stopped' })).toEqual(['s0']);
  expect(await names({ state: 'running', owner: 'first' })).toEqual(['s1', 's2', 's3']);
  expect(await names({ language: 'python', labels: { team: 'even' } })).toEqual(['s0', 's2', 's4']);
  expect(await names({ labels: { team: 'even', index: '3' } })).toEqual([]);
  expect(await names({ language: 'javascript' })).toEqual([]);
  expect(await names({ owner: 'nobody' })).toEqual([]);
});

verifies('list.filter', 'in pages that leave nothing out and show nothing twice', async () => {
  const seen: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await engine.listSandboxes({ pageSize: 2, pageToken });
    expect(page.sandboxes.length).toBeLessThanOrEqual(2);
    seen.push(...page.sandboxes.map(({ displayName }) => displayName));
    pageToken = page.nextPageToken;
    // One comes while the pages are read.
    if (seen.length === 2) await engine.createSandbox({ displayName: 'late' });
  } while (pageToken !== undefined);
  expect(seen.sort()).toEqual(['late', 's0', 's1', 's2', 's3', 's4', 's5']);
});

verifies('list.filter', 'a token of something else is refused', async () => {
  for (const pageToken of ['nonsense', '', '💥']) {
    await expect(engine.listSandboxes({ pageToken })).rejects.toMatchObject({
      name: 'BelljarError',
      code: 'INVALID_ARGUMENT',
    });
  }
});

verifies('list.filter', 'the store evaluates the filter, in one query', async () => {
  queries.length = 0;
  await names(
    { state: 'running', language: 'python', labels: { team: 'odd' } },
    engine.as('first'),
  );
  expect(queries).toMatchObject([
    { state: 'running', language: 'python', owner: 'first', labels: { team: 'odd' } },
  ]);
});

verifies('list.filter', 'an entry is the sandbox’s info', async () => {
  const { sandboxes } = await engine.listSandboxes({ labels: { index: '5' } });
  const sandbox = await engine.getSandbox(sandboxes[0]?.id ?? '');
  expect(sandboxes).toEqual([sandbox.info]);
});
