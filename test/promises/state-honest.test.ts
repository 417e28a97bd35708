/** What could not be carried over is named, once, with the reason. */
import { expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();

verifies('state.honest', 'a crash says how it came, and is undone', async () => {
  const sandbox = await create();
  await sandbox.execute('x = 1\nopen("a.txt", "w").write("a");');
  const code = 'x = 2\nopen("a.txt", "w").write("b")\nimport ctypes; ctypes.string_at(0)';
  expect(await sandbox.execute(code)).toMatchObject({
    status: 'crashed',
    rolledBack: true,
    error: { name: 'InterpreterEnded', message: expect.stringContaining('SIGSEGV') },
  });
  expect(await sandbox.execute('x, open("a.txt").read()')).toMatchObject({
    result: { 'text/plain': "(1, 'a')" },
    survival: undefined,
  });
});

verifies('state.honest', 'an interpreter that ends itself says how', async () => {
  const sandbox = await create();
  const ended = await sandbox.execute('import os; print("last words", flush=True); os._exit(3)');
  expect(ended).toMatchObject({
    status: 'crashed',
    stdout: 'last words\n',
    error: { message: expect.stringContaining('exit code 3') },
  });
});

verifies('state.honest', 'what ran again and came out differently is named', async () => {
  const sandbox = await create({ savepoints: false });
  await sandbox.execute({
    executionId: 'drawn',
    code: 'import os\nsame, other = 1, os.urandom(8)\nother',
  });
  // Before there is a checkpoint: the journal is all there is.
  await sandbox.execute('os._exit(1)');
  const { survival } = await sandbox.execute('same');
  expect(survival).toEqual({
    lost: [],
    diverged: [{ executionId: 'drawn', variables: ['other', 'same'], reason: expect.any(String) }],
    notes: [],
  });
  expect(survival?.diverged[0]?.reason).toContain('another result');
  expect(sandbox.info.survival).toEqual(survival);
  expect((await sandbox.execute('same')).survival).toBeUndefined();
});

verifies('state.honest', 'where an object lies is no difference', async () => {
  const sandbox = await create({ savepoints: false });
  await sandbox.execute('x = object()\nprint(x)\nx');
  await sandbox.execute('import os; os._exit(1)');
  expect(await sandbox.execute('1')).toMatchObject({ status: 'ok', survival: undefined });
});

verifies('state.honest', 'what cannot be copied is named when it is woken', async () => {
  const sandbox = await create();
  await sandbox.execute('kept = 1\nrunning = (n for n in [1, 2])\nnext(running)');
  await sandbox.hibernate();
  const { survival, result } = await sandbox.execute('kept');
  expect(result?.['text/plain']).toBe('1');
  expect(survival?.lost).toMatchObject([{ name: 'running', reason: expect.stringMatching(/./) }]);
});

verifies('state.honest', 'a command of spawn() that ended with its sandbox is named', async () => {
  const sandbox = await create();
  await sandbox.spawn('sleep 1000');
  const { survival } = await sandbox.execute('import os; os._exit(1)');
  expect(survival?.lost).toMatchObject([{ name: 'sleep 1000', type: 'process' }]);
  expect((await sandbox.execute('1')).survival?.lost).toEqual([]);
});

verifies(
  'state.honest',
  'a folder that cannot be looked into is named, other folders come along',
  async () => {
    const sandbox = await create();
    const { isolation } = await sandbox.execute('import os\nos.mkdir("shut")');
    // Where files are counted by looking, none may be where nobody can look: status `limit`.
    const mayShut = isolation.level === 'namespaces';
    if (mayShut) await sandbox.execute('open("shut/in", "w").close()\nos.chmod("shut", 0)');
    // Deeper than a path can name, and deep.
    await sandbox.execute(
      'home = os.getcwd()\nfor name in ["d"] * 150 + ["e" * 255] * 20:\n' +
        '    os.mkdir(name); os.chdir(name)\n    if name == "d": open("in", "w").close()\nos.chdir(home)',
    );
    const count = 'sum("in" in files for _, _, files in os.walk("."))';
    expect((await sandbox.execute(count)).result?.['text/plain']).toBe('150');
    await sandbox.hibernate();
    const { survival, result } = await sandbox.execute(count);
    expect(result?.['text/plain']).toBe('150');
    const shut = { name: expect.stringMatching(/^shut/), type: 'file or folder' };
    const deep = { name: expect.stringMatching(/^(d\/){150}e/), type: 'file or folder' };
    expect(survival?.lost).toMatchObject(mayShut ? [shut, deep] : [deep]);
  },
);

verifies(
  'state.honest',
  'a checkpoint that its own code says is whole is not taken for it',
  async () => {
    const sandbox = await create();
    const code =
      'import os, struct\nclass Forger:\n    def __reduce__(self):\n' +
      '        os.write(4, struct.pack("<cI", b"E", 0))\n        return (int, ())\nkept, it = 1, Forger()';
    await sandbox.execute(code);
    await sandbox.hibernate();
    expect((await sandbox.execute('kept')).result?.['text/plain']).toBe('1');
  },
);

verifies(
  'state.honest',
  'an open transaction in a database file is undone, and that is said',
  async () => {
    const sandbox = await create();
    await sandbox.execute(
      'import sqlite3\nc = sqlite3.connect("x.db")\nc.execute("create table t(a)")\nc.commit()\n' +
        'c.execute("insert into t values(1)");',
    );
    await sandbox.hibernate();
    const { survival, result } = await sandbox.execute('c.execute("select * from t").fetchall()');
    expect(result?.['text/plain']).toBe('[]');
    expect(survival?.lost).toMatchObject([
      { name: 'c', reason: expect.stringContaining('undone') },
    ]);
    expect(survival?.lost[0]?.reason).not.toContain('is carried');
  },
);

verifies('state.honest', 'a sandbox that had nothing has lost nothing', async () => {
  const sandbox = await create();
  await sandbox.hibernate();
  expect((await sandbox.execute('1')).survival).toBeUndefined();
});

verifies(
  'state.honest',
  'a command that went on by itself is named when the journal runs again',
  async () => {
    const sandbox = await create({ savepoints: false });
    await sandbox.execute('x = 1');
    await sandbox.spawn('echo written > by-command.txt; sleep 1000');
    // Before there is a checkpoint.
    expect((await sandbox.execute('import os; os._exit(1)')).rolledBack).toBe(true);
    const { result, survival } = await sandbox.execute('x');
    expect(result).toEqual({ 'text/plain': '1' });
    expect(survival?.diverged).toMatchObject([{ reason: expect.stringContaining('spawn()') }]);
    expect((await sandbox.execute('x')).survival).toBeUndefined();
  },
);
