import type { Engine } from '@belljar/core';
import { beforeAll, expect } from 'vitest';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
let engine: Engine;

beforeAll(async () => {
  engine = await open();
});

const notFound = { name: 'BelljarError', code: 'SANDBOX_NOT_FOUND' };

verifies('owner.bound', 'an owner neither gets, deletes nor lists another’s sandbox', async () => {
  const [alice, bob] = [engine.as('alice'), engine.as('bob')];
  const { id } = await alice.createSandbox();
  await expect(bob.getSandbox(id)).rejects.toMatchObject(notFound);
  await expect(bob.deleteSandbox(id)).rejects.toMatchObject(notFound);
  for (const options of [{}, { owner: 'alice' }, { state: 'running' as const }]) {
    expect(await bob.listSandboxes(options)).toEqual({ sandboxes: [], nextPageToken: undefined });
  }
  expect((await alice.getSandbox(id)).info).toMatchObject({ owner: 'alice' });
});

verifies('owner.bound', 'another’s sandbox is answered for as one that is not there', async () => {
  const { id } = await engine.as('alice').createSandbox();
  const say = async (asked: string): Promise<unknown> =>
    engine
      .as('bob')
      .getSandbox(asked)
      .then(undefined, (error: Error) => error.message);
  const other = String(await say(id)).replaceAll(id, '<id>');
  expect(other).toBe(String(await say('no-such-id')).replaceAll('no-such-id', '<id>'));
});

verifies('owner.bound', 'one key is another sandbox for each owner', async () => {
  const owners = ['alice', 'bob', undefined];
  const opened = await Promise.all(
    owners.map((owner) => (owner ? engine.as(owner) : engine).openSandbox({ key: 'chat' })),
  );
  expect(new Set(opened.map(({ id }) => id)).size).toBe(3);
  expect((await engine.as('bob').openSandbox({ key: 'chat' })).id).toBe(opened[1]?.id);
});

verifies('owner.bound', 'a view cannot be made another’s', async () => {
  const alice = engine.as('alice');
  expect(() => alice.as('bob')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  const { id } = await alice.as('alice').createSandbox();
  expect((await alice.getSandbox(id)).id).toBe(id);
});

verifies('owner.bound', 'what an owner creates without a name is the default’s', async () => {
  const sandbox = await engine.createSandbox();
  expect(sandbox.info.owner).toBe('default');
  await expect(engine.as('alice').getSandbox(sandbox.id)).rejects.toMatchObject(notFound);
  expect((await engine.as('default').getSandbox(sandbox.id)).id).toBe(sandbox.id);
});

verifies('owner.bound', 'the engine behind the views sees all of them', async () => {
  const { id } = await engine.as('carol').createSandbox({ labels: { only: 'this' } });
  expect((await engine.getSandbox(id)).info.owner).toBe('carol');
  const { sandboxes } = await engine.listSandboxes({ labels: { only: 'this' } });
  expect(sandboxes.map((info) => info.id)).toEqual([id]);
});

verifies('owner.bound', 'closing a view closes nothing of the others', async () => {
  const alice = engine.as('alice');
  const sandbox = await alice.createSandbox();
  await alice.close();
  expect(await sandbox.execute('1')).toMatchObject({ status: 'ok' });
});
