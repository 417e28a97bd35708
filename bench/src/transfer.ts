/** 100 MB in and out, beside a plain copy through a Unix socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@belljar/core';
import { type Row, row, timeMs } from './measure.js';

const BYTES = 100_000_000;
const ROUNDS = 7;

/** A Python process that reads `BYTES` from the socket, or writes them to it, and no more. */
const PEER = `import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); n = int(sys.argv[3])
if sys.argv[2] == "in":
    while n: n -= len(s.recv(min(n, 1 << 20)))
    s.send(b"k")
else:
    s.recv(1); s.sendall(bytes(n)); s.recv(1)`;

async function plainCopy(direction: 'in' | 'out', content: Buffer): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'belljar-bench-'));
  const path = join(folder, 's');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const peer = spawn('python3', ['-c', PEER, path, direction, String(BYTES)], { stdio: 'ignore' });
  try {
    const [socket] = (await once(server, 'connection')) as [Socket];
    return await timeMs(async () => {
      socket.write(direction === 'in' ? content : 'k');
      const target = Buffer.allocUnsafeSlow(direction === 'in' ? 1 : BYTES);
      let received = 0;
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        received += chunk.copy(target, received);
        if (received === target.length) break;
      }
    });
  } finally {
    peer.kill();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

export async function measureTransfer(): Promise<Row[]> {
  await using engine = await createEngine();
  const content = Buffer.alloc(BYTES, 7);
  const sandbox = await engine.createSandbox();
  await sandbox.execute('1');
  const samples = { in: [] as number[], out: [] as number[] };
  const floor = { in: [] as number[], out: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    floor.in.push(await plainCopy('in', content));
    samples.in.push(
      await timeMs(() => sandbox.execute({ code: '1', files: [{ name: 'in.bin', content }] })),
    );
    // The file is there already: what is measured is how it comes out, not how code writes it.
    await sandbox.execute('import os; os.path.exists("out.bin") and os.remove("out.bin")');
    floor.out.push(await plainCopy('out', content));
    samples.out.push(
      await timeMs(() => sandbox.execute('import os; os.rename("in.bin", "out.bin")')),
    );
  }
  const ratio = (direction: 'in' | 'out'): number =>
    (samples[direction].toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0) /
    (floor[direction].toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 1);
  const target = { text: '≤ 3 times', reached: ({ p50 }: { p50: number }) => p50 <= 3 };
  return [
    row('100 MB through a Unix socket, Node to Python', 'ms', floor.in),
    row('100 MB into a sandbox, code run', 'ms', samples.in),
    row('  times the plain copy', 'times', [ratio('in')], target),
    row('100 MB through a Unix socket, Python to Node', 'ms', floor.out),
    row('100 MB out of a sandbox, hashed and kept', 'ms', samples.out),
    row('  times the plain copy', 'times', [ratio('out')], target),
  ];
}
