/** As far as it holds without checkpoints: what is lost is named, once, with the reason. */
import { expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();

verifies('state.honest', 'a crash names the variables, and the files are still there', async () => {
  const sandbox = await create();
  await sandbox.execute('x = 1\nopen("a.txt", "w").write("a");');
  const crashed = await sandbox.execute('import ctypes; ctypes.string_at(0)');
  expect(crashed).toMatchObject({ status: 'crashed', error: { name: 'InterpreterEnded' } });
  expect(crashed.survival?.lost).toEqual([
    { name: 'all variables', reason: expect.stringContaining('SIGSEGV') },
  ]);
  expect(await sandbox.execute('open("a.txt").read()')).toMatchObject({
    result: { 'text/plain': "'a'" },
    survival: undefined,
  });
  expect(await sandbox.execute('x')).toMatchObject({ error: { name: 'NameError' } });
});

verifies('state.honest', 'an interpreter that ends itself says how', async () => {
  const sandbox = await create();
  const ended = await sandbox.execute('import os; print("last words", flush=True); os._exit(3)');
  expect(ended).toMatchObject({
    status: 'crashed',
    stdout: 'last words\n',
    survival: { lost: [{ reason: expect.stringContaining('exit code 3') }] },
  });
});

verifies(
  'state.honest',
  'a stop names variables and files, in the next execution only',
  async () => {
    const sandbox = await create();
    await sandbox.execute('x = 1');
    await sandbox.stop();
    await sandbox.start();
    expect((await sandbox.execute('1')).survival).toEqual({
      lost: [{ name: 'all variables and files', reason: 'the sandbox was stopped' }],
    });
    expect((await sandbox.execute('1')).survival).toBeUndefined();
  },
);

verifies('state.honest', 'a sandbox that had nothing has lost nothing', async () => {
  const sandbox = await create();
  expect((await sandbox.execute('1')).survival).toBeUndefined();
});
