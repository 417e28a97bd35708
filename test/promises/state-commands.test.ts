/** What commands of `spawn()` did to files, which no journal has. */
import type { Sandbox } from '@belljar/core';
import { expect, vi } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();

const names = async (sandbox: Sandbox): Promise<string[]> =>
  (await sandbox.files.list()).map(({ name }) => name);

async function withRunningCommand(): Promise<Sandbox> {
  const sandbox = await create();
  await sandbox.execute('x = 1');
  await sandbox.hibernate(); // as a checkpoint has it: nothing but the command changes it now
  await sandbox.spawn('touch made; sleep 1000');
  await vi.waitFor(async () => expect(await names(sandbox)).toEqual(['made']));
  return sandbox;
}

verifies(
  'state.between-calls',
  'a command that runs: its files outlive a hibernation',
  async () => {
    const sandbox = await withRunningCommand();
    await sandbox.hibernate();
    expect(await names(sandbox)).toEqual(['made']);
  },
);

verifies('state.between-calls', 'a command that runs: its files are in a fork', async () => {
  const sandbox = await withRunningCommand();
  expect(await names(await sandbox.fork())).toEqual(['made']);
});

verifies(
  'execution.transaction',
  'what a command left is there after an execution that was put back',
  async () => {
    const sandbox = await create();
    await sandbox.execute('x = 1');
    await (await sandbox.spawn('touch made')).wait();
    const code = 'import os; os.remove("made"); os._exit(1)';
    expect(await sandbox.execute(code)).toMatchObject({ status: 'crashed', rolledBack: true });
    expect(await names(sandbox)).toEqual(['made']);
  },
);
