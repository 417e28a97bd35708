/** Memory that neither an rlimit nor a sum of resident sizes sees, of which the host could die. */
import type { Sandbox } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { isConfined } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { answers, runOnHost, runSnippet } from './run-snippet.js';

const create = useSandboxes();
const MIB = 1024 * 1024;

/** Runs code that holds much and waits; its sandbox must be ended long before the wait is over. */
async function expectEnded(sandbox: Sandbox, code: string, status: string): Promise<void> {
  const execution = await sandbox.execute({ code, timeoutMs: 15_000 });
  expect(execution.status).toBe(status);
  expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
}

describe('memory that is in no sum', () => {
  verifies('limits.enforced', 'cannot be had, while counted memory can', async () => {
    const { said } = await runSnippet(await create(), 'uncounted_memory');
    expect(answers(said.works)).toEqual(['ok']);
    expect(said['shared memory']).toBe(isConfined ? 'EACCES' : 'ok');
    expect(answers(said.refused)).toEqual(['EPERM']);
    expect(said).toMatchObject({
      memfd: 'ENOSYS',
      zero: 'EACCES',
      'larger pipe': 'EPERM',
      'larger buffer': 'EPERM',
      attribute: 'ENOTSUP',
    });
  });

  it('is there outside of the jail', async () => {
    expect(await runOnHost(`import mmap; print(len(mmap.mmap(-1, ${2 * MIB})))`)).toBe(
      `${2 * MIB}`,
    );
  });
});

describe('memory that the kernel holds for a process', () => {
  const fill = (pairs: number): string => `
import socket, sys, time
kept = []
for _ in range(${pairs}):
    pair = socket.socketpair()
    for one in pair:
        one.setblocking(False)
        try:
            while one.send(b'x' * 65536): pass
        except BlockingIOError: pass
    kept.append(pair)
print(len(kept), flush=True)
time.sleep(${pairs > 100 ? 100 : 0.2})`;

  verifies('limits.enforced', 'what waits in socket pairs counts as memory', async () => {
    const limits = { memoryBytes: 96 * MIB };
    const few = await create({ limits });
    expect(await few.execute(fill(40))).toMatchObject({ status: 'ok', stdout: '40\n' });
    await expectEnded(await create({ limits }), fill(480), 'out-of-memory');
  });

  verifies('limits.enforced', 'page tables count as memory', async () => {
    // One page of a file in each two megabytes: as much in tables as in pages, and none of it its own.
    const touch = `
import mmap, os, time
page = os.environ['TMPDIR'] + '/page'
with open(page, 'wb') as stream: stream.truncate(1 << 30)
file = os.open(page, os.O_RDWR)
maps = []
for _ in range(6):
    memory = mmap.mmap(file, 1 << 30, prot=mmap.PROT_READ)
    for at in range(0, 1 << 30, 2 << 20): memory[at]
    maps.append(memory)
time.sleep(0.3)`;
    const sandbox = await create();
    const plain = await sandbox.execute('import time; time.sleep(0.3)');
    const execution = await sandbox.execute(touch);
    expect(execution.status).toBe('ok');
    // A table of 4 KiB for each of the 3,072 pages that were touched.
    const tablesBytes = plain.usage.peakMemoryBytes + 12 * MIB;
    expect(execution.usage.peakMemoryBytes).toBeGreaterThan(tablesBytes);
  });
});

describe('files that epoll watches', () => {
  // The kernel counts them for each user. An engine whose user has none left is aborted by libuv.
  const watch = (instances: number, files: number, hidden: boolean): string => `
import ctypes, os, select, time
${hidden ? 'ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)' : ''}
read, write = os.pipe()
files = [os.dup(read) for _ in range(${files})]
kept = []
for _ in range(${instances}):
    one = select.epoll()
    for file in files: one.register(file, select.EPOLLIN)
    kept.append(one)
print(len(kept), flush=True)
time.sleep(${instances > 100 ? 100 : 0.2})`;

  verifies('limits.enforced', 'are few in a sandbox, and a thousand are no matter', async () => {
    const many = await (await create()).execute(watch(2, 900, false));
    expect(many).toMatchObject({ status: 'ok' });
    await expectEnded(await create(), watch(450, 450, false), 'limit');
  });

  verifies('limits.enforced', 'are few also when the code tries to hide them', async () => {
    await expectEnded(await create(), watch(450, 450, true), 'limit');
  });
});
