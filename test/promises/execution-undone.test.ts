/** What ends otherwise than by an exception is undone by the savepoint: memory, files, positions. */
import type { Execution, Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
let sandbox: Sandbox;

const BEFORE = `
import os, shutil
counted = [1, 2, 3]
running = (n for n in range(100))
next(running)
log = open('log.txt', 'w+')
log.write('before')
log.flush()
os.makedirs('folder/below')
open('folder/below/kept.txt', 'w').write('kept')
os.chmod('folder/below/kept.txt', 0o640)
os.symlink('log.txt', 'link')`;

/** Changes all of it. */
const DURING = `
counted.append(4)
next(running)
log.write(' and during')
log.flush()
shutil.rmtree('folder')
open('new.txt', 'w').write('new')
open('folder', 'w').write('a file by the name of a folder')
open('log.txt', 'a').write(' by another')
print('said', flush=True)
`;

const LOOK = `
[counted, next(running), log.tell(), sorted(os.listdir()), open('log.txt').read(),
 open('folder/below/kept.txt').read(), oct(os.stat('folder/below/kept.txt').st_mode),
 os.readlink('link')]`;

const intact = (step: number): string =>
  `[[1, 2, 3], ${step}, 6, ['folder', 'in', 'link', 'log.txt'], 'before', 'kept', '0o100640', 'log.txt']`;

/** How many times the generator has been looked at. */
let step = 0;

async function expectUndone(execution: Execution, status: string): Promise<void> {
  expect(execution).toMatchObject({ status, rolledBack: true, stdout: 'said\n' });
  expect(execution.savepoint).toEqual({ kind: 'fork' });
  const looked = await sandbox.execute(LOOK);
  step += 1;
  expect(looked.result?.['text/plain']?.toString().replace(/\s+/g, ' ')).toBe(intact(step));
  expect(looked.survival).toBeUndefined();
}

beforeAll(async () => {
  sandbox = await create({ limits: { memoryBytes: 256 * 1024 * 1024 } });
  await sandbox.files.write('in/data.txt', 'given');
  expect(await sandbox.execute(BEFORE)).toMatchObject({ status: 'ok' });
});

const deaths: [name: string, status: string, code: string][] = [
  ['ends the interpreter', 'crashed', 'os._exit(3)'],
  ['kills its own process', 'crashed', 'os.kill(os.getpid(), 9)'],
  ['kills its process group', 'crashed', 'os.kill(0, 9)'],
  ['reads where no memory is', 'crashed', 'import ctypes; ctypes.string_at(0)'],
  [
    'fills the memory by many processes',
    'out-of-memory',
    `import time
for _ in range(4):
    if os.fork() == 0:
        block = bytearray(b'x' * 120_000_000)
        time.sleep(60)
time.sleep(60)`,
  ],
];

for (const [name, status, code] of deaths) {
  verifies('execution.transaction', `code that ${name} is undone`, async () => {
    await expectUndone(await sandbox.execute(DURING + code), status);
  });
}

verifies('execution.transaction', 'code that runs out of time is undone', async () => {
  const code = `${DURING}while True: pass`;
  await expectUndone(await sandbox.execute({ code, timeoutMs: 200 }), 'timeout');
});

verifies('execution.transaction', 'code that is cancelled is undone', async () => {
  const stop = new AbortController();
  const code = `${DURING}while True: pass`;
  const onStdout = () => stop.abort();
  await expectUndone(await sandbox.execute({ code, signal: stop.signal, onStdout }), 'cancelled');
});

verifies('execution.transaction', 'the files that came with it are undone too', async () => {
  const files = [
    { name: 'in/data.txt', content: 'other' },
    { name: 'in/more.txt', content: 'more' },
  ];
  await expectUndone(await sandbox.execute({ code: `${DURING}os._exit(1)`, files }), 'crashed');
  expect(Buffer.from(await sandbox.files.read('in/data.txt')).toString()).toBe('given');
  expect(await sandbox.files.stat('in/more.txt')).toBeNull();
});

verifies('execution.transaction', 'a command that runs out of time is undone', async () => {
  const command = 'echo other > in/data.txt; rm -r folder; echo said; sleep 60';
  await expectUndone(await sandbox.shell(command, { timeoutMs: 300 }), 'timeout');
  expect(Buffer.from(await sandbox.files.read('in/data.txt')).toString()).toBe('given');
});

describe('where a fork does not keep all there is', () => {
  const obstacles: [reason: RegExp, code: string][] = [
    [
      /thread/,
      'import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()',
    ],
    [/socket/, 'import socket\npair = socket.socketpair()'],
    [/pipe/, 'pipe = os.pipe()'],
    [/map/, 'import mmap\nm = mmap.mmap(os.open("log.txt", os.O_RDWR), 0)'],
    [
      /sqlite/,
      'import sqlite3\nc = sqlite3.connect("a.db")\nc.execute("create table t(a)")\nc.execute("insert into t values (1)")',
    ],
  ];

  it.each(obstacles)('says so, and the journal serves: %s', async (reason, code) => {
    const other = await create();
    await other.execute(`import os\nopen('log.txt', 'w').write('before')\nx = 1`);
    await other.execute(code);
    const failed = await other.execute('x = 2; open("log.txt", "w").write("after"); os._exit(1)');
    expect(failed).toMatchObject({ status: 'crashed', rolledBack: true });
    expect(failed.savepoint).toEqual({ kind: 'journal', reason: expect.stringMatching(reason) });
    const { result } = await other.execute('x, open("log.txt").read()');
    expect(result?.['text/plain']).toBe("(1, 'before')");
  });

  it('is turned off by name', async () => {
    const other = await create({ savepoints: false });
    await other.execute('x = 1');
    const failed = await other.execute('x = 2; import os; os._exit(1)');
    expect(failed).toMatchObject({ rolledBack: true, savepoint: { kind: 'off' } });
    expect((await other.execute('x')).result?.['text/plain']).toBe('1');
  });

  it('recovers when what stood by was killed', async () => {
    const other = await create();
    await other.execute('x = 1');
    const kill = `
import os
for pid in map(int, filter(str.isdigit, os.listdir('/proc'))):
    if pid not in (1, os.getpid()): os.kill(pid, 9)
x = 2
os._exit(1)`;
    const failed = await other.execute(kill);
    expect(failed).toMatchObject({ status: 'crashed', rolledBack: true });
    expect(failed.savepoint.kind).toBe('journal');
    expect((await other.execute('x')).result?.['text/plain']).toBe('1');
  });
});

it('leaves waiting for children to the code’s own', async () => {
  const { stdout } = await sandbox.execute(`
import subprocess
try: os.wait()
except ChildProcessError: print('none')
child = subprocess.Popen(['true'])
print(os.waitpid(-1, 0)[0] == child.pid)`);
  expect(stdout).toBe('none\nTrue\n');
});
