/** Memory and files outlive the engine's process, however it ends. */
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, EngineOptions, Execution } from '@belljar/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type EngineProcess, line, startEngine } from '../attacks/run-engine.js';
import { collect } from '../helpers/collect.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openPlain = useEngines();
const makeDirectory = useDirectories();
const started: EngineProcess[] = [];

afterAll(() => {
  for (const engine of started) engine.kill('SIGKILL');
});

const open = (directory: string, options: EngineOptions = {}): Promise<Engine> =>
  openPlain({ directory, onWarning: () => {}, ...options });
const text = (execution: Execution): unknown => execution.result?.['text/plain'];

/** Runs `body` in an engine of another process, and ends that by the signal once it says READY. */
async function runAndEnd(
  directory: string,
  body: string,
  signal: NodeJS.Signals,
  options = '',
): Promise<void> {
  const engine = startEngine(`
    import { createEngine } from '@belljar/core';
    const engine = await createEngine({
      directory: ${JSON.stringify(directory)}, python: { preload: [], poolSize: 0 }, onWarning() {},
      ${options}
    });
    const sandbox = await engine.openSandbox({ key: 'k' });
    ${body}
    process.on('SIGTERM', () => engine.close().then(() => process.exit()));
    setInterval(() => {}, 1000);
    console.log('READY');`);
  started.push(engine);
  await line(engine, 'READY');
  engine.kill(signal);
  await once(engine, 'close');
}

const SOME_STATE = `
  await sandbox.execute('import math, random\\nx = [1, {"a": (2, 3)}]\\ndef f(n): return n + len(x)');
  await sandbox.execute({ code: 'import os; data = open("in/a.txt").read()',
    files: [{ name: 'in/a.txt', content: 'content' }] });
  await sandbox.files.write('written.txt', 'by hand');
  await sandbox.files.makeDirectory('made');
  await sandbox.files.write('old.txt', 'moved');
  await sandbox.files.rename('old.txt', 'new.txt');
  await sandbox.files.write('gone.txt', '');
  await sandbox.files.remove('gone.txt');
  await sandbox.shell('cat > shell.txt', { stdin: 'from stdin' });
  await sandbox.execute('drawn = [random.random() for _ in range(3)]\\nx.append(drawn); 1 / 0');`;

async function expectState(engine: Engine): Promise<void> {
  const sandbox = await engine.openSandbox({ key: 'k' });
  const execution = await sandbox.execute(
    'f(1), data, x[1], len(drawn), math.pi > 3, x[2] is drawn, sorted(os.listdir("."))',
  );
  const files = "['in', 'made', 'new.txt', 'shell.txt', 'written.txt']";
  expect(text(execution)).toBe(`(4, 'content', {'a': (2, 3)}, 3, True, True, ${files})`);
  expect(execution.survival).toBeUndefined();
  const read = async (name: string) => Buffer.from(await sandbox.files.read(name)).toString();
  expect(await read('written.txt')).toBe('by hand');
  expect(await read('new.txt')).toBe('moved');
  expect(await read('shell.txt')).toBe('from stdin');
}

for (const [how, signal] of [
  ['closed', 'SIGTERM'],
  ['killed', 'SIGKILL'],
] as const) {
  verifies('state.survives-restart', `memory and files of an engine that was ${how}`, async () => {
    const directory = makeDirectory();
    await runAndEnd(directory, SOME_STATE, signal);
    const engine = await open(directory);
    await expectState(engine);
    await engine.close();
    await expectState(await open(directory));
  });
}

verifies(
  'state.survives-restart',
  'nothing runs again where each execution waits for its checkpoint',
  async () => {
    const directory = makeDirectory();
    const body = "await sandbox.execute('import os; drawn = os.urandom(8)\\ndrawn');";
    await runAndEnd(directory, body, 'SIGKILL', "durability: 'checkpoint',");
    const engine = await open(directory);
    const sandbox = await engine.openSandbox({ key: 'k' });
    const [before] = await collect(sandbox.executions());
    const execution = await sandbox.execute('drawn');
    expect([text(execution), execution.survival]).toEqual([before?.result, undefined]);
  },
);

verifies(
  'state.survives-restart',
  'a store that cannot be read for a while costs a call, and nothing of the state',
  async () => {
    const directory = makeDirectory();
    const sandbox = await (await open(directory)).createSandbox();
    const drawn = 'import os, zlib\ndrawn = os.urandom(300_000)\nzlib.crc32(drawn)';
    const before = text(await sandbox.execute(drawn));
    await sandbox.hibernate();
    renameSync(join(directory, 'blobs'), join(directory, 'away'));
    writeFileSync(join(directory, 'blobs'), '');
    const refused = sandbox.execute('zlib.crc32(drawn)');
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    rmSync(join(directory, 'blobs'));
    renameSync(join(directory, 'away'), join(directory, 'blobs'));
    // A read that was on its way may fail for one call more.
    const after = await vi.waitFor(() => sandbox.execute('zlib.crc32(drawn)'));
    expect([text(after), after.survival]).toEqual([before, undefined]);
  },
);

verifies(
  'state.survives-restart',
  'large contents come back byte by byte, also to two at the same time: their memory here is used again and again',
  async () => {
    const sandbox = await (await open(makeDirectory())).createSandbox();
    const check = '[zlib.crc32(one) for one in (large, *rest, open("f", "rb").read())]';
    const before = text(
      await sandbox.execute(
        'import os, zlib\nlarge = bytearray(os.urandom(40_000_000))\n' +
          'rest = [bytearray(os.urandom(size)) for size in (100, 300_000, 1_048_576, 9_000_000)]\n' +
          `open("f", "wb").write(os.urandom(9_000_000))\n${check}`,
      ),
    );
    await sandbox.hibernate();
    expect(text(await sandbox.execute(check))).toBe(before);
    const changed = text(await sandbox.execute(`large[:1] = b"x"; rest.pop()\n${check}`));
    const forks = await Promise.all([sandbox.fork(), sandbox.fork()]);
    const after = await Promise.all(forks.map(async (fork) => text(await fork.execute(check))));
    expect(after).toEqual([changed, changed]);
  },
);

verifies('state.survives-restart', 'what was written through a mapping of a file', async () => {
  const sandbox = await (await open(makeDirectory())).createSandbox();
  const map = `import mmap
open('m', 'wb').write(bytes(3))
file = open('m', 'r+b')
mapped = mmap.mmap(file.fileno(), 3)
mapped[:] = b'one'`;
  await sandbox.execute(map);
  // The page is writable by now: this changes no time of the file.
  await sandbox.execute('mapped[:] = b"two"');
  await sandbox.hibernate();
  expect(text(await sandbox.execute('open("m").read()'))).toBe("'two'");
});

verifies(
  'state.survives-restart',
  'code that ends the interpreter whenever it runs again is named, and can be rolled back',
  async () => {
    const sandbox = await (await open(makeDirectory())).createSandbox({ savepoints: false });
    // It takes away the pipe that checkpoints go through: there is none, however slow this is.
    const without = 'import os; os.dup2(os.open("/dev/null", os.O_WRONLY), 4); x = 1';
    const { id } = await sandbox.execute(without);
    const again = 'import os, time\nif type(time.time) is type(lambda: 0): os._exit(1)';
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push((await sandbox.execute(again)).id);
    await sandbox.execute('os._exit(1)');
    await expect(sandbox.execute('x')).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      details: { executionId: ids.at(-1) },
    });
    await sandbox.rollback(id);
    expect(text(await sandbox.execute('x'))).toBe('1');
  },
);

describe('a sandbox that hibernates', () => {
  it('is in memory again with any call, and has its state', async () => {
    const sandbox = await (await open(makeDirectory())).createSandbox();
    await sandbox.execute('x = 1');
    for (const wake of [
      () => sandbox.variables(),
      () => sandbox.files.list(),
      () => sandbox.shell('true'),
      () => sandbox.spawn('true'),
      () => sandbox.execute('x'),
    ]) {
      await sandbox.hibernate();
      expect(sandbox.info.resident).toBe(false);
      await wake();
      expect(sandbox.info.resident).toBe(true);
    }
    expect(text(await sandbox.execute('x'))).toBe('1');
  });

  it('does so by itself when it is idle, and at the end of its block', async () => {
    const engine = await open(makeDirectory(), { idleTimeoutMs: 20 });
    const sandbox = await engine.createSandbox();
    await sandbox.execute('x = 1');
    await vi.waitFor(() => expect(sandbox.info.resident).toBe(false), { timeout: 10_000 });
    expect(text(await sandbox.execute('x'))).toBe('1');
    const other = await open(makeDirectory());
    const inBlock = async () => {
      await using one = await other.createSandbox();
      await one.execute('x = 2');
      return one;
    };
    const left = await inBlock();
    expect(left.info.resident).toBe(false);
    expect(text(await left.execute('x'))).toBe('2');
  });

  it('has its files also when a thread kept its memory from being copied in a fork', async () => {
    const sandbox = await (await open(makeDirectory())).createSandbox();
    const code = `import os, threading, time
def go_on():
    while True: time.sleep(0.001)
threading.Thread(target=go_on, daemon=True).start()
x = 1
open("f", "w").write("f")
os.urandom(8)`;
    await sandbox.execute(code);
    // Which of its two answers is heard first is the machine's choice. Where nothing came of one
    // checkpoint, the code runs again, and draws another number.
    for (let round = 0; round < 10; round += 1) {
      await sandbox.hibernate();
      const execution = await sandbox.execute('x, open("f").read()');
      expect([text(execution), execution.survival]).toEqual(["(1, 'f')", undefined]);
      await sandbox.execute('threading.Thread(target=go_on, daemon=True).start()\nos.urandom(8)');
    }
  });

  it('makes room for others, the longest idle first', async () => {
    const engine = await open(makeDirectory(), { memoryBudgetBytes: 1 });
    const [a, b] = [await engine.createSandbox(), await engine.createSandbox()];
    await a.execute('x = "a"');
    await b.execute('x = "b"');
    await vi.waitFor(() => expect([a.info.resident, b.info.resident]).toEqual([false, false]));
    expect([text(await a.execute('x')), text(await b.execute('x'))]).toEqual(["'a'", "'b'"]);
  });
});

describe('rollback', () => {
  it('puts memory and files back, keeps what is undone in sight, and goes on from there', async () => {
    const directory = makeDirectory();
    const engine = await open(directory);
    const sandbox = await engine.openSandbox({ key: 'k' });
    for (let index = 0; index < 12; index += 1) {
      await sandbox.execute({
        executionId: `e${index}`,
        code: `x = ${index}; open("f", "w").write(str(x))\nx`,
      });
      if (index % 3 === 0) await sandbox.hibernate();
    }
    await sandbox.rollback('e7');
    expect(text(await sandbox.execute('x, open("f").read()'))).toBe("(7, '7')");
    const undone = (await collect(sandbox.executions())).filter((entry) => entry.undone);
    expect(undone.map(({ id }) => id)).toEqual(['e8', 'e9', 'e10', 'e11']);
    const again = await sandbox.execute({
      executionId: 'e9',
      code: 'x = 9; open("f", "w").write(str(x))\nx',
    });
    expect(text(again)).toBe('9');
    expect(text(await sandbox.execute('x'))).toBe('7');
    for (const id of ['e9', 'unknown']) {
      await expect(sandbox.rollback(id)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await engine.close();
    const next = await (await open(directory)).openSandbox({ key: 'k' });
    await next.rollback('e1');
    expect(text(await next.execute('x, open("f").read()'))).toBe("(1, '1')");
  });
});

describe('fork', () => {
  const draw = 'import random\nrandom.random()';

  it('has the same memory and files, and each goes its own way', async () => {
    const engine = await open(makeDirectory());
    const sandbox = await engine.as('alice').createSandbox({ labels: { team: 'a' } });
    await sandbox.execute('x = [1]\nopen("f", "w").write("f");');
    const fork = await sandbox.fork({ displayName: 'fork' });
    expect(fork.info).toMatchObject({ owner: 'alice', displayName: 'fork', labels: { team: 'a' } });
    expect(fork.info.resident).toBe(true);
    await fork.execute('x.append(2)\nopen("f", "w").write("g");');
    expect(text(await sandbox.execute('x, open("f").read()'))).toBe("([1], 'f')");
    expect(text(await fork.execute('x, open("f").read()'))).toBe("([1, 2], 'g')");
    expect((await collect(fork.executions())).map(({ kind }) => kind)).toEqual([
      'execute',
      'execute',
    ]);
    await engine.deleteSandbox(sandbox.id);
    await fork.hibernate();
    expect(text(await fork.execute('x, open("f").read()'))).toBe("([1, 2], 'g')");
  });

  it('draws other random numbers, unless they are to be the same', async () => {
    const sandbox = await (await open(makeDirectory())).createSandbox();
    await sandbox.execute('import random; random.seed(1)');
    const [fresh, same] = [await sandbox.fork(), await sandbox.fork({ random: 'same' })];
    const expected = text(await sandbox.execute(draw));
    expect(text(await same.execute(draw))).toBe(expected);
    expect(text(await fresh.execute(draw))).not.toBe(expected);
  });
});

describe('snapshot', () => {
  it('is listed and deleted like a sandbox, is none, and begins others', async () => {
    const engine = (await open(makeDirectory())).as('alice');
    const sandbox = await engine.createSandbox({ displayName: 'source' });
    await sandbox.execute('x = 1');
    const snapshot = await sandbox.snapshot({ displayName: 'kept', ttlMs: 60_000 });
    await sandbox.execute('x = 2');
    expect((await engine.listSnapshots()).snapshots).toEqual([snapshot]);
    expect((await engine.listSandboxes()).sandboxes.map(({ id }) => id)).toEqual([sandbox.id]);
    await expect(engine.getSandbox(snapshot.id)).rejects.toMatchObject({
      code: 'SANDBOX_NOT_FOUND',
    });
    const begun = await engine.createSandbox({ snapshot: snapshot.id, displayName: 'begun' });
    expect(text(await begun.execute('x'))).toBe('1');
    await expect(engine.deleteSandbox(snapshot.id)).rejects.toMatchObject({
      code: 'SANDBOX_NOT_FOUND',
    });
    await engine.deleteSnapshot(snapshot.id);
    expect((await engine.listSnapshots()).snapshots).toEqual([]);
    await begun.hibernate();
    expect(text(await begun.execute('x'))).toBe('1');
    const late = engine.createSandbox({ snapshot: snapshot.id });
    await expect(late).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
  });

  it('is its owner’s', async () => {
    const engine = await open(makeDirectory());
    const sandbox = await engine.as('alice').createSandbox();
    const { id } = await sandbox.snapshot();
    const bob = engine.as('bob');
    expect((await bob.listSnapshots()).snapshots).toEqual([]);
    for (const call of [() => bob.deleteSnapshot(id), () => bob.createSandbox({ snapshot: id })]) {
      await expect(call()).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' });
    }
  });
});
