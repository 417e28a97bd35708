import type { Sandbox } from '@belljar/core';
import { beforeAll, expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

async function value(code: string): Promise<unknown> {
  const { result, error } = await sandbox.execute(code);
  expect(error).toBeUndefined();
  return result?.['text/plain'];
}

verifies('state.between-calls', 'variables stay, and are the same objects', async () => {
  await value('items = [1]; alias = items');
  await value('alias.append(2)');
  expect(await value('items, items is alias')).toBe('([1, 2], True)');
});

verifies('state.between-calls', 'functions, closures and generators stay', async () => {
  await value('def twice(n): return 2 * n');
  await value(
    'def counter():\n  n = 0\n  def count():\n    nonlocal n; n += 1; return n\n  return count',
  );
  await value('count = counter(); count()');
  await value('steps = (twice(i) for i in range(3)); next(steps)');
  expect(await value('twice(21), count(), next(steps)')).toBe('(42, 2, 2)');
});

verifies('state.between-calls', 'classes and their instances stay', async () => {
  await value('class Base:\n  def who(self): return "base"');
  await value('class Own(Base):\n  pass\nown = Own()');
  await value('Base.who = lambda self: "changed"');
  expect(await value('own.who(), isinstance(own, Base)')).toBe("('changed', True)");
});

verifies('state.between-calls', 'imports stay, also of modules that the code wrote', async () => {
  await value('import json as j, os.path');
  await value('open("own_module.py", "w").write("VALUE = 7");');
  await value('import own_module');
  expect(await value('j.dumps([own_module.VALUE]), os.path.sep')).toBe("('[7]', '/')");
});

verifies('state.between-calls', 'files and folders stay, open ones open', async () => {
  await value('import os; os.makedirs("kept/folder", exist_ok=True)');
  await value('log = open("kept/log.txt", "w+"); log.write("one ");');
  await value('log.write("two"); log.flush()');
  expect(await value('open("kept/log.txt").read(), os.listdir("kept")[0] != ""')).toBe(
    "('one two', True)",
  );
});

verifies('state.between-calls', 'commands and code share files, not memory', async () => {
  await value('shared = 1; open("shared.txt", "w").write("from code");');
  expect(await sandbox.shell('cat shared.txt; printenv shared || echo none')).toMatchObject({
    stdout: 'from codenone\n',
  });
  await sandbox.shell('echo from shell > shared.txt');
  expect(await value('open("shared.txt").read(), shared')).toBe("('from shell\\n', 1)");
});

verifies('state.between-calls', 'what one sandbox keeps, no other has', async () => {
  const other = await create();
  await value('mine = 1; open("mine.txt", "w").close()');
  expect(await other.execute('mine')).toMatchObject({ error: { name: 'NameError' } });
  expect(await other.files.list()).toEqual([]);
});
