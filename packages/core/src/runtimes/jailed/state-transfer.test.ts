import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../limits.js';
import type { ChangedFile, RunOutcome, SandboxProcess } from '../runtime.js';
import type {
  Capture,
  SandboxState,
  StatePiece,
  StateSink,
  StateSource,
} from '../sandbox-state.js';
import { JailedRuntime } from './jailed-runtime.js';
import { launchJail } from './launch.js';

let runtime: JailedRuntime;

beforeAll(async () => {
  const launch = await launchJail({
    interpreter: process.env.BELLJAR_PYTHON ?? 'python3',
    preload: [],
    threads: 1,
    minimumIsolation: 'confined',
  });
  runtime = new JailedRuntime(launch, {
    poolSize: 0,
    poolLimits: DEFAULT_LIMITS,
    waitForPreload: false,
    onWarning: () => {},
  });
});

afterAll(() => runtime.close());

class Pieces implements StateSink, StateSource {
  isAnew = false;
  readonly kept = new Map<string, Uint8Array>();
  readonly puts: number[] = [];

  get known(): ReadonlySet<string> {
    return new Set(this.kept.keys());
  }

  async put(content: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(content).digest('hex');
    this.puts.push(content.byteLength);
    this.kept.set(hash, Uint8Array.from(content));
    return hash;
  }

  /** What the engine does with the files of an execution. */
  async keep(sandbox: SandboxProcess, files: readonly ChangedFile[]): Promise<void> {
    for (const { name, sizeBytes, content } of files) {
      const sha256 = await this.put(content as Uint8Array);
      sandbox.remember?.([{ name, sizeBytes, sha256 }]);
    }
  }

  async get({ sha256 }: StatePiece): Promise<Uint8Array> {
    return this.kept.get(sha256) as Uint8Array;
  }

  done(): void {}
}

function run(sandbox: SandboxProcess, code: string): Promise<RunOutcome> {
  return sandbox.run({ code, timeoutMs: 20_000, signal: undefined });
}

async function said(sandbox: SandboxProcess, code: string): Promise<string> {
  const { outputs, error } = await run(sandbox, code);
  expect(error).toBeUndefined();
  return outputs.map((output) => (output.type === 'stdout' ? output.text : '')).join('');
}

function begin(sandbox: SandboxProcess, pieces: Pieces, timeoutMs?: number): Capture {
  if (!sandbox.checkpoint) throw new Error('this runtime has no checkpoints');
  return sandbox.checkpoint(pieces, timeoutMs);
}

async function capture(sandbox: SandboxProcess, pieces: Pieces): Promise<SandboxState> {
  const { captured, done } = begin(sandbox, pieces);
  await captured;
  return done;
}

/** Makes an object whose `__reduce__` does this, and copies the memory. */
async function captureWith(deed: string, timeoutMs = 20_000): Promise<[SandboxProcess, Pieces]> {
  const sandbox = await runtime.acquire(DEFAULT_LIMITS);
  const pieces = new Pieces();
  const { files } = await run(
    sandbox,
    `import os, signal, time
session = os.getpid()
class Hostile:
    def __reduce__(self):
        ${deed}
        return (str, ("done",))
open("kept", "w").write("as it was")
here, hostile = "still here", Hostile()`,
  );
  await pieces.keep(sandbox, files);
  await begin(sandbox, pieces, timeoutMs).done.catch(() => {});
  return [sandbox, pieces];
}

async function restored(state: SandboxState, pieces: Pieces): Promise<SandboxProcess> {
  const sandbox = await runtime.acquire(DEFAULT_LIMITS);
  await sandbox.restore?.(state, pieces, { reseed: false });
  return sandbox;
}

it('carries variables and files to another process', async () => {
  const pieces = new Pieces();
  const first = await runtime.acquire(DEFAULT_LIMITS);
  await first.writeFile('in/given.txt', Buffer.from('given'));
  await run(
    first,
    `import os
x = {'a': [1, 2, 3]}
big = bytearray(os.urandom(5_000_000))
os.makedirs('out/empty')
open('out/a.txt', 'w').write('hello')
os.symlink('a.txt', 'out/link')
os.chmod('out/a.txt', 0o640)`,
  );
  // Nobody said that the content of the execution's files is kept.
  await expect(capture(first, pieces)).rejects.toThrow('was not kept');
  pieces.isAnew = true;
  const state = await capture(first, pieces);
  expect(state.environment).toMatch(/^cpython-3\.\d+-[0-9a-f]{8}$/);
  const digest = await said(first, 'import hashlib; print(hashlib.sha256(big).hexdigest())');
  await first.end();
  const second = await restored(state, pieces);
  expect(await said(second, 'print(x, open("in/given.txt").read())')).toBe(
    "{'a': [1, 2, 3]} given\n",
  );
  expect(await said(second, 'import hashlib; print(hashlib.sha256(big).hexdigest())')).toBe(digest);
  expect(
    await said(
      second,
      'import os; print(os.listdir("out/empty"), os.readlink("out/link"), oct(os.stat("out/a.txt").st_mode))',
    ),
  ).toBe('[] a.txt 0o100640\n');
  await second.end();
});

it('is sent what is known by its hash only', async () => {
  const pieces = new Pieces();
  const sandbox = await runtime.acquire(DEFAULT_LIMITS);
  const outcome = await run(
    sandbox,
    'big = bytearray(b"x" * 4_000_000)\nopen("a.bin", "wb").write(b"y" * 1_000_000)',
  );
  await pieces.keep(sandbox, outcome.files);
  await capture(sandbox, pieces);
  pieces.puts.length = 0;
  await run(sandbox, 'big[3_500_000] = 0');
  const state = await capture(sandbox, pieces);
  expect(Math.max(...pieces.puts)).toBeLessThanOrEqual(1024 * 1024);
  expect(pieces.puts.reduce((sum, size) => sum + size)).toBeLessThan(1.1 * 1024 * 1024);
  const second = await restored(state, pieces);
  expect(
    await said(second, 'print(big[3_500_000], big[3_499_999], len(open("a.bin").read()))'),
  ).toBe('0 120 1000000\n');
  await Promise.all([sandbox.end(), second.end()]);
});

it('is within its memory limit while a large part of it is copied', async () => {
  const limits = { ...DEFAULT_LIMITS, memoryBytes: 256 * 1024 * 1024 };
  const sandbox = await runtime.acquire(limits);
  await run(sandbox, 'big = bytearray(b"x") * 150_000_000');
  const { captured, done } = begin(sandbox, new Pieces());
  await captured;
  const { status } = await run(sandbox, 'import time\nbig[::4096] = big[1::4096]\ntime.sleep(0.3)');
  expect(status).toBe('ok');
  await done;
  await sandbox.end();
});

it('goes on while its memory is copied, which is as it was', async () => {
  const pieces = new Pieces();
  const sandbox = await runtime.acquire(DEFAULT_LIMITS);
  await run(sandbox, 'x = 1\nbig = bytearray(30_000_000)');
  const { captured, done } = begin(sandbox, pieces);
  await captured;
  expect(await said(sandbox, 'x = 2; print(x)')).toBe('2\n');
  const second = await restored(await done, pieces);
  expect(await said(second, 'print(x, len(big))')).toBe('1 30000000\n');
  await Promise.all([sandbox.end(), second.end()]);
});

describe('what the code runs while its memory is copied', () => {
  const DEEDS = {
    'writes a file': 'open("mark", "w").write("x")',
    'changes a file': 'open("kept", "a").write("x")',
    'removes a file': 'os.remove("kept")',
    'ends the session': 'os.kill(session, signal.SIGKILL)',
    'interrupts the session': 'os.kill(session, signal.SIGINT)',
    'ends itself': 'os._exit(0)',
    'says that it is whole': 'os.write(4, b"E\\0\\0\\0\\0"); time.sleep(0.01)',
    'says what is no record': 'os.write(4, b"\\xff" * 1000)',
    'announces more than there is': 'os.write(4, b"D\\0\\0\\x10\\0short"); os._exit(0)',
    'names a piece that nobody has': 'os.write(4, b"K\\x24\\0\\0\\0" + b"x" * 36); os._exit(0)',
  };
  it.each(Object.entries(DEEDS))('%s: the sandbox goes on as it was', async (_, deed) => {
    const [sandbox] = await captureWith(deed);
    expect(await said(sandbox, 'print(here, os.listdir("."), open("kept").read())')).toBe(
      "still here ['kept'] as it was\n",
    );
    await sandbox.end();
  });

  it('has its way where it is no copy', async () => {
    const [sandbox] = await captureWith('open("mark", "w").write("x")');
    expect(await said(sandbox, 'hostile.__reduce__(); print(os.path.exists("mark"))')).toBe(
      'True\n',
    );
    await sandbox.end();
  });

  it('writes without end: no more is taken than memory there may be', async () => {
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * 1024 * 1024 };
    const sandbox = await runtime.acquire(limits);
    const pieces = new Pieces();
    await run(
      sandbox,
      `import os
class Endless:
    def __reduce__(self):
        while True: os.write(4, b"D\\0\\0\\x10\\0" + os.urandom(1024 * 1024))
here, endless = "still here", Endless()`,
    );
    await expect(begin(sandbox, pieces).done).rejects.toThrow('larger than');
    const sent = pieces.puts.reduce((sum, size) => sum + size, 0);
    expect(sent).toBeLessThanOrEqual(2 * limits.memoryBytes);
    expect(await said(sandbox, 'print(here)')).toBe('still here\n');
    await sandbox.end();
  });

  it('never ends: it is ended, and the sandbox goes on', async () => {
    const [sandbox] = await captureWith('\n        while True: pass', 300);
    expect(await said(sandbox, 'print(here)')).toBe('still here\n');
    const { leftovers } = await run(sandbox, 'pass');
    expect(leftovers).toEqual([]);
    await sandbox.end();
  });
});

describe('what runs again', () => {
  const DRAWS = 'import random, time; print(random.random(), int(time.time()))';

  it('draws the same numbers, by the clock of the first time', async () => {
    const first = await runtime.acquire(DEFAULT_LIMITS);
    const outcome = await run(first, DRAWS);
    const startTimeMs = 1_000_000_000_000;
    const again = await runtime.acquire(DEFAULT_LIMITS);
    const nothing = {
      environment: '',
      executionNumber: 0,
      memory: undefined,
      workspace: [],
      lost: [],
    };
    await again.restore?.(nothing, new Pieces(), { reseed: false, seed: first.seed });
    const request = { code: DRAWS, timeoutMs: 20_000, signal: undefined, replay: { startTimeMs } };
    const replayed = await again.run(request);
    const drawn = (one: RunOutcome): string[] =>
      one.outputs
        .map((output) => (output.type === 'stdout' ? output.text : ''))
        .join('')
        .split(' ');
    expect(drawn(replayed)).toEqual([drawn(outcome)[0], '1000000000\n']);
    // Another sandbox draws others, and this one has the machine's clock again.
    const other = await runtime.acquire(DEFAULT_LIMITS);
    expect(drawn(await run(other, DRAWS))[0]).not.toBe(drawn(outcome)[0]);
    expect(Number(drawn(await run(again, DRAWS))[1])).toBeGreaterThan(1_700_000_000);
    await Promise.all([first.end(), again.end(), other.end()]);
  });
});

it('knows the content of files as of each moment, also while a copy is on its way', async () => {
  const pieces = new Pieces();
  const sandbox = await runtime.acquire(DEFAULT_LIMITS);
  const append = async (text: string): Promise<void> => {
    const { files } = await run(sandbox, `open("log", "a").write("${text}")`);
    await pieces.keep(sandbox, files);
  };
  await run(sandbox, 'big = bytearray(20_000_000)');
  await append('a');
  const first = begin(sandbox, pieces);
  await first.captured;
  await append('b');
  const states = [await first.done, await capture(sandbox, pieces)];
  for (const [index, content] of ['a', 'ab'].entries()) {
    const again = await restored(states[index] as SandboxState, pieces);
    expect(await said(again, 'print(open("log").read())')).toBe(`${content}\n`);
    await again.end();
  }
  await sandbox.end();
});
