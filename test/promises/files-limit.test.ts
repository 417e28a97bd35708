import { FILES_LIMIT_BYTES, type Sandbox } from '@belljar/core';
import { beforeEach, expect } from 'vitest';
import { collect, sha256 } from '../helpers/collect.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await create();
});

const code = 'import os; os.path.getsize("in.bin")';
const room = FILES_LIMIT_BYTES - Buffer.byteLength(code);

verifies('files.limit', 'a request takes 104,857,600 bytes, code included', async () => {
  expect(FILES_LIMIT_BYTES).toBe(104_857_600);
  const files = [
    { name: 'in.bin', content: new Uint8Array(room - 1_000) },
    { name: 'rest.bin', content: new Blob([new Uint8Array(1_000)]).stream() },
  ];
  expect(await sandbox.execute({ code, files })).toMatchObject({
    status: 'ok',
    files: [],
    result: { 'text/plain': String(room - 1_000) },
  });
});

verifies('files.limit', 'one byte more is refused before anything runs', async () => {
  const tooMany = new Uint8Array(room + 1);
  for (const content of [tooMany, new Blob([tooMany]), new Blob([tooMany]).stream()]) {
    const refused = sandbox.execute({ code, files: [{ name: 'in.bin', content }] });
    await expect(refused).rejects.toMatchObject({ name: 'BelljarError', code: 'FILES_LIMIT' });
  }
  expect(await sandbox.files.list()).toEqual([]);
  expect(await collect(sandbox.executions())).toEqual([]);
});

verifies('files.limit', 'a file that is written by itself has the same limit', async () => {
  await sandbox.files.write('full.bin', new Uint8Array(FILES_LIMIT_BYTES));
  expect(await sandbox.files.stat('full.bin')).toMatchObject({ sizeBytes: FILES_LIMIT_BYTES });
  const over = sandbox.files.write('full.bin', new Uint8Array(FILES_LIMIT_BYTES + 1));
  await expect(over).rejects.toMatchObject({ code: 'FILES_LIMIT' });
  expect(await sandbox.files.stat('full.bin')).toMatchObject({ sizeBytes: FILES_LIMIT_BYTES });
});

verifies('files.limit', 'a response holds 104,857,600 bytes', async () => {
  const make = `open("out.bin", "wb").write(b"x" * ${FILES_LIMIT_BYTES});`;
  const { files } = await sandbox.execute(make);
  expect(files).toMatchObject([{ name: 'out.bin', sizeBytes: FILES_LIMIT_BYTES }]);
  expect(files[0]?.omitted).toBeUndefined();
  expect(sha256((await files[0]?.bytes()) ?? '')).toBe(files[0]?.sha256);
});

verifies(
  'files.limit',
  'what is beyond it is listed as omitted, stays, and is read by stream',
  async () => {
    const { files, status } = await sandbox.execute(`
open("a-small.txt", "w").write("small")
open("b-large.bin", "wb").write(b"b" * ${FILES_LIMIT_BYTES})
open("c-small.txt", "w").write("small too");`);
    expect(status).toBe('ok');
    const large = Buffer.alloc(FILES_LIMIT_BYTES, 'b');
    expect(files.map(({ name, omitted, sha256: hash }) => [name, omitted, hash])).toEqual([
      ['a-small.txt', undefined, sha256('small')],
      ['b-large.bin', true, sha256(large)],
      ['c-small.txt', undefined, sha256('small too')],
    ]);
    expect(files[1]?.sizeBytes).toBe(FILES_LIMIT_BYTES);
    const stream = files[1]?.stream() as ReadableStream<Uint8Array>;
    const pieces = await collect(stream);
    expect(Buffer.concat(pieces).equals(large)).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(FILES_LIMIT_BYTES / 10);
    expect(await sandbox.files.stat('b-large.bin')).toMatchObject({ sizeBytes: FILES_LIMIT_BYTES });
    const again = await sandbox.execute('os = __import__("os"); os.path.getsize("b-large.bin")');
    expect(again).toMatchObject({ files: [], result: { 'text/plain': String(FILES_LIMIT_BYTES) } });
  },
);
