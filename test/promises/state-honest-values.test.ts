/** Values of every kind through a wake, in a real sandbox: as they were, or lost and said to be. */
import { expect } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();

/** Makes a state, leaves memory, and looks at it. */
async function wake(make: string, check: string) {
  const sandbox = await create();
  expect(await sandbox.execute(make)).toMatchObject({ status: 'ok', error: undefined });
  await sandbox.hibernate();
  return sandbox.execute(check);
}

verifies('state.honest', 'what several variables share is shared after a wake', async () => {
  const execution = await wake(
    `import enum, functools, sqlite3
class Colour(enum.Enum):
    RED = 1
class Base:
    kinds = []
    def __init_subclass__(cls): Base.kinds.append(cls)
class Kept(Base): pass
def counter():
    n = 0
    def add():
        nonlocal n
        n += 1
        return n
    return add, lambda: n
add, count = counter()
kept = Kept()
kept.colour, kept.add, kept.me = Colour.RED, add, kept
cached = functools.lru_cache(lambda x: [x])
database = sqlite3.connect(':memory:')
database.execute('create table t(a)')
add();`,
    `add(); kept.add()
assert count() == 3 and kept.me is kept and kept.colour is Colour.RED is Colour(1)
assert Base.kinds == [Kept] and type(kept) is Kept and add.__globals__ is globals()
assert cached(1) is cached(1) and database.execute('select * from t').fetchall() == []`,
  );
  expect(execution).toMatchObject({ status: 'ok', error: undefined, survival: undefined });
});

verifies('state.honest', 'the process is as it was: files, folder, settings, modules', async () => {
  const execution = await wake(
    `import os, sys, random, warnings, contextvars
open('tool.py', 'w').write('items = []\\ndef add(x): items.append(x)\\n')
import tool
tool.add(1)
log = open('log.txt', 'w')
log.write('one ')
reading = open('tool.py')
reading.readline()
os.mkdir('below'); os.chdir('below')
os.environ['GIVEN'] = 'yes'
sys.setrecursionlimit(2222)
here = contextvars.ContextVar('here'); here.set('set')
random.seed(5); again = random.Random(5);`,
    `log.write('two'); log.close()
assert open('../log.txt').read() == 'one two'
assert reading.readline() == 'def add(x): items.append(x)\\n'
assert os.path.basename(os.getcwd()) == 'below' and os.environ['GIVEN'] == 'yes'
assert sys.getrecursionlimit() == 2222 and here.get() == 'set'
assert random.random() == again.random()
tool.add(2)
assert tool.items == [1, 2] and sys.modules['tool'] is tool`,
  );
  expect(execution).toMatchObject({ status: 'ok', error: undefined, survival: undefined });
});

verifies(
  'state.honest',
  'a lost value lies in its place, and says so when it is used',
  async () => {
    const execution = await wake(
      'running = (n for n in [1, 2])\nnext(running)\nnested = {"a": [running, "kept"]}',
      'assert nested["a"][1] == "kept" and nested["a"][0] is running\nnext(running)',
    );
    expect(execution.survival?.lost).toEqual([
      { name: 'running', type: 'generator', reason: expect.stringContaining('frame') },
    ]);
    expect(execution.error).toMatchObject({
      name: 'LostValueError',
      message: expect.stringMatching(/this generator could not be carried over .*Make it again/),
    });
  },
);

verifies('state.honest', 'what fails as it is copied or made again costs itself only', async () => {
  const hostile = `class Raises:
    def __reduce__(self): raise SystemExit(1)
class Refuses:
    def __init__(self): self.a = 1
    def __setstate__(self, state): raise KeyboardInterrupt
first, a, b, last = 1, Raises(), [Refuses(), 2], 3`;
  const execution = await wake(hostile, 'first, b[1], last');
  expect(execution.result?.['text/plain']).toBe('(1, 2, 3)');
  expect(execution.survival?.lost).toMatchObject([
    { name: 'a', reason: expect.stringContaining('SystemExit') },
    { name: 'b', reason: expect.stringContaining('KeyboardInterrupt') },
  ]);
});

verifies('state.honest', 'a memory with threads is copied all the same', async () => {
  const execution = await wake(
    `import threading, time
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
kept = [1]`,
    'kept',
  );
  expect(execution.result?.['text/plain']).toBe('[1]');
  expect(execution.survival?.lost).toContainEqual({
    name: 'pool',
    type: 'threading.Thread',
    reason: 'a thread ends with its process',
  });
});
