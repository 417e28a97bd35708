/** Frames that the session forges on its channel to the keeper, and channels that it breaks. */
import type { ExecutionStatus } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();

const FRAMES = `
import os, signal, struct, time
def send(kind, payload):
    data = memoryview(struct.pack('<cI', kind, len(payload)) + payload)
    while data: data = data[os.write(3, data):]
def acknowledged(): os.read(3, struct.unpack('<cI', os.read(3, 5))[1])
ANSWER = b'{"status":"ok"}'
`;

interface Forgery {
  name: string;
  code: string;
  /** Of this execution; whatever it is, the next one must be sound. */
  status: ExecutionStatus;
}

const WAIT = 'while True: time.sleep(100)';

const forgeries: Forgery[] = [
  { name: 'an unknown kind', status: 'crashed', code: `send(b'Q', b'')\n${WAIT}` },
  {
    name: 'a length over the cap',
    status: 'crashed',
    code: `os.write(3, b'R\\xff\\xff\\xff\\xff')\n${WAIT}`,
  },
  { name: 'half a frame, and no more', status: 'timeout', code: `os.write(3, b'R\\xff')\n${WAIT}` },
  {
    name: 'a frame byte by byte',
    status: 'ok',
    code: `for byte in struct.pack('<cI', b'R', len(ANSWER)) + ANSWER: os.write(3, bytes([byte]))\n${WAIT}`,
  },
  { name: 'a closed channel', status: 'crashed', code: `os.close(3)\n${WAIT}` },
  {
    name: 'a channel that is shut',
    status: 'crashed',
    code: `import socket\nsocket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_WR)\n${WAIT}`,
  },
  {
    name: 'an answer that is no JSON',
    status: 'crashed',
    code: `send(b'R', b'\\xff\\xfe')\n${WAIT}`,
  },
  { name: 'an answer of another shape', status: 'crashed', code: `send(b'R', b'[1, 2]')\n${WAIT}` },
  {
    name: 'variables that nobody asked for',
    status: 'crashed',
    code: `send(b'V', b'{}')\n${WAIT}`,
  },
  { name: 'the keeper’s own kind', status: 'crashed', code: `send(b'X', b'{}')\n${WAIT}` },
  {
    name: 'an ignored interrupt',
    status: 'timeout',
    code: `signal.signal(2, signal.SIG_IGN)\n${WAIT}`,
  },
  {
    name: 'a swallowed interrupt',
    status: 'timeout',
    code: 'while True:\n    try: time.sleep(100)\n    except BaseException: pass',
  },
  {
    name: 'a session that stops itself',
    status: 'timeout',
    code: 'os.kill(os.getpid(), signal.SIGSTOP)',
  },
];

describe('a session', () => {
  it.each(forgeries)('that sends $name', async ({ code, status }) => {
    const sandbox = await create();
    await sandbox.files.write('kept', 'before');
    const execution = await sandbox.execute({ code: FRAMES + code, timeoutMs: 200 });
    expect(execution.status).toBe(status);
    // A session that went on after its answer is ended with this one.
    await sandbox.execute({ code: '1', timeoutMs: 100 });
    expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
    expect(Buffer.from(await sandbox.files.read('kept')).toString()).toBe('before');
  });

  it('that answers twice is ended, and its answer stands', async () => {
    const sandbox = await create();
    const execution = await sandbox.execute(
      // In one piece: a second answer that comes later is the next execution's.
      `${FRAMES}frame = struct.pack('<cI', b'R', len(ANSWER)) + ANSWER\nos.write(3, frame + frame)\n${WAIT}`,
    );
    expect(execution.status).toBe('ok');
    await sandbox.execute('1');
    expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
  });

  it('whose children go on showing things after it is done', async () => {
    const sandbox = await create();
    const execution = await sandbox.execute(`${FRAMES}
if os.fork() == 0:
    while True: send(b'D', b'{"text/plain":"child"}')`);
    expect(['ok', 'crashed']).toContain(execution.status);
    expect(execution.displays.length).toBeLessThanOrEqual(25);
    await sandbox.execute('1');
    expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
  });

  it('that forges a result pollutes nothing', async () => {
    const sandbox = await create();
    const forged = `{"status":"ok","__proto__":{"polluted":1},"result":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"text/plain":{"__proto__":{"polluted":1}}}}`;
    const execution = await sandbox.execute(`${FRAMES}send(b'R', b'''${forged}''')\n${WAIT}`);
    expect(execution.status).toBe('ok');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(execution.result)).toBe(Object.prototype);
  });
});
