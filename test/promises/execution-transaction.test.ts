/** As far as it holds without savepoints: exceptions are ordinary results. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create({ limits: { memoryBytes: 256 * 1024 * 1024 } });
  await sandbox.execute('kept = [1]');
});

async function raises(code: string, name: string): Promise<void> {
  const execution = await sandbox.execute(`during = ${JSON.stringify(name)}\n${code}`);
  expect(execution).toMatchObject({
    status: 'error',
    error: { name },
    rolledBack: false,
    survival: undefined,
  });
  expect(await sandbox.execute('kept, during')).toMatchObject({
    result: { 'text/plain': `([1], '${name}')` },
  });
}

verifies(
  'execution.transaction',
  'an exception keeps the state, and what was done before it',
  async () => {
    await raises('1 / 0', 'ZeroDivisionError');
    await raises('raise ValueError("plain")', 'ValueError');
  },
);

verifies('execution.transaction', 'MemoryError keeps the state', async () => {
  await raises('block = b"x" * 600_000_000', 'MemoryError');
});

verifies('execution.transaction', 'SystemExit keeps the state, however it is raised', async () => {
  for (const code of ['import sys; sys.exit(3)', 'raise SystemExit', 'exit()', 'quit("bye")']) {
    await raises(code, 'SystemExit');
  }
});

verifies('execution.transaction', 'KeyboardInterrupt and recursion keep the state', async () => {
  await raises('raise KeyboardInterrupt', 'KeyboardInterrupt');
  await raises('def deep(): return deep()\ndeep()', 'RecursionError');
});

verifies('execution.transaction', 'a syntax error runs nothing of its code', async () => {
  const execution = await sandbox.execute('ran = 1\n1 = no Python');
  expect(execution).toMatchObject({ status: 'error', error: { name: 'SyntaxError' } });
  expect(execution.error?.traceback).toContain('1 = no Python');
  expect(await sandbox.execute('ran')).toMatchObject({ error: { name: 'NameError' } });
});

verifies(
  'execution.transaction',
  'an exception whose own text fails is told all the same',
  async () => {
    await raises(
      'class Bad(Exception):\n  def __str__(self): raise RuntimeError("no text")\nraise Bad()',
      'Bad',
    );
  },
);

verifies(
  'execution.transaction',
  'files that were written before an exception are listed',
  async () => {
    const { files, status } = await sandbox.execute('open("so-far.txt", "w").write("1")\n1 / 0');
    expect(status).toBe('error');
    expect(files).toMatchObject([{ name: 'so-far.txt', change: 'created', sizeBytes: 1 }]);
  },
);
