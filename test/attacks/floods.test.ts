/** Output, displays and answers that would cost the engine its memory or its event loop. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Execution } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { isConfined } from '../helpers/level.js';
import { ownProcesses, useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
const MIB = 1024 * 1024;

const FRAMES = `
import os, struct, time
def send(kind, payload):
    data = memoryview(struct.pack('<cI', kind, len(payload)) + payload)
    while data: data = data[os.write(3, data):]
def show(payload):
    send(b'D', payload)
    os.read(3, struct.unpack('<cI', os.read(3, 5))[1])
`;

interface Cost {
  execution: Execution;
  /** Longest time in which the engine did nothing else. */
  blockedMs: number;
  heapBytes: number;
}

async function costOf(code: string, timeoutMs = 20_000): Promise<Cost> {
  const sandbox = await create();
  const bystander = await create();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const heapBefore = process.memoryUsage().heapUsed;
  delay.enable();
  const execution = await sandbox.execute({ code: FRAMES + code, timeoutMs });
  delay.disable();
  const heapBytes = process.memoryUsage().heapUsed - heapBefore;
  expect((await bystander.execute('6 * 7')).result?.['text/plain']).toBe('42');
  await sandbox.execute('1'); // a session that forged its answer is ended with this one
  expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
  return { execution, blockedMs: delay.max / 1e6, heapBytes };
}

/** Memory of the largest keeper: no limit of a sandbox counts it. */
function keeperBytes(): number {
  const sizes = ownProcesses().map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const isKeeper = /^NSpid:\s+\d+\s+\d+\s+1$/m.test(status);
    return isKeeper ? Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) * 1024 : 0;
  });
  return Math.max(...sizes);
}

/** Does nothing else until a size has stood still for a while; the largest that was seen. */
function settled(size: () => number): number {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  let [largest, unchanged] = [size(), 0];
  while (unchanged < 100) {
    Atomics.wait(clock, 0, 0, 5);
    const now = size();
    unchanged = now > largest ? 0 : unchanged + 1;
    largest = Math.max(largest, now);
  }
  return largest;
}

describe('a flood of', () => {
  it('displays that are thirty megabytes of nothing', async () => {
    const bomb = `{"application/json":[' + ','.join(['{}'] * 10_000_000) + ']}`;
    const { execution, blockedMs, heapBytes } = await costOf(
      `payload = ('${bomb}').encode()\nfor _ in range(4): show(payload)\nlen(payload)`,
    );
    expect(Number(execution.result?.['text/plain'])).toBeGreaterThan(28 * MIB);
    expect(execution).toMatchObject({ status: 'ok', displays: [], truncated: true });
    expect(blockedMs).toBeLessThan(2_000);
    expect(heapBytes).toBeLessThan(200 * MIB);
  });

  it('displays that are small, until they are too many', async () => {
    const { execution } = await costOf(
      `for index in range(40): show(b'{"text/plain":"%d"}' % index)`,
    );
    expect(execution.displays.map((one) => one['text/plain'])).toEqual(
      Array.from({ length: 25 }, (_, index) => String(index)),
    );
    expect(execution.truncated).toBe(true);
  });

  it('displays that are large together', async () => {
    const { execution } = await costOf(
      `payload = b'{"text/plain":"' + b'x' * ${20 * MIB} + b'"}'\nfor _ in range(5): show(payload)`,
    );
    expect(execution.displays).toHaveLength(3);
    expect(execution.truncated).toBe(true);
  });

  // A keeper is found by its PID namespaces, which there are none of at `confined`.
  const unlessConfined = isConfined ? () => {} : verifies;
  unlessConfined('limits.enforced', 'displays that a busy engine does not take', async () => {
    const sandbox = await create({ limits: { displays: 40 } });
    let seenBytes = 0;
    const { status } = await sandbox.execute({
      code: `${FRAMES}
print('control', flush=True)
payload = b'{"text/plain":"' + b'x' * ${30 * MIB} + b'"}'
for _ in range(40): send(b'D', payload)
time.sleep(100)`,
      timeoutMs: 3_000,
      onStdout: () => {
        seenBytes = settled(keeperBytes);
      },
    });
    expect(status).toBe('timeout');
    // The control: one display was on its way through.
    expect(seenBytes).toBeGreaterThan(20 * MIB);
    expect(seenBytes).toBeLessThan(200 * MIB);
  });

  it('brackets in an answer', async () => {
    const { execution, blockedMs } = await costOf(
      `send(b'R', b'{"status":"ok","result":{"application/json":' + b'[' * 10_000_000 + b']' * 10_000_000 + b'}}')`,
    );
    expect(execution).toMatchObject({ status: 'crashed', result: undefined });
    expect(blockedMs).toBeLessThan(2_000);
  });

  verifies('limits.enforced', 'output, one byte at a time on two streams', async () => {
    const { execution, blockedMs } = await costOf(
      `for index in range(200_000): os.write(1 + index % 2, b'x')`,
    );
    expect(execution.status).toBe('ok');
    expect(execution.stdout.length + execution.stderr.length).toBeGreaterThan(150_000);
    expect(blockedMs).toBeLessThan(1_000);
  });

  verifies('limits.enforced', 'output without end', async () => {
    const { execution } = await costOf(`while True: os.write(1, b'x' * 65536)`, 500);
    expect(execution).toMatchObject({ status: 'timeout', truncated: true });
    expect(execution.stdout.length).toBeLessThan(10_100_000);
  });
});

it('what is printed after a display comes out in full', async () => {
  const sandbox = await create();
  const { status, stdout } = await sandbox.execute({
    code: `for index in range(50):\n    print('before'); display(index)\nprint('x' * 300_000)`,
    timeoutMs: 10_000,
  });
  expect(status).toBe('ok');
  expect(stdout).toHaveLength(50 * 7 + 300_001);
});
