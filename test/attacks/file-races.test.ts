/** The engine's file operations while the code changes what names stand for. */
import type { Sandbox, SpawnedProcess } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { snippet } from './run-snippet.js';

const create = useSandboxes();
const ROUNDS = 150;
/** Of a file of the runtime's, which stands for what a path must not lead to. */
const FOREIGN = 'JSON (JavaScript Object Notation)';

async function swapping(what: string): Promise<{ sandbox: Sandbox; swapper: SpawnedProcess }> {
  const sandbox = await create();
  await sandbox.files.write('swap.py', snippet('swap', { what }));
  const swapper = await sandbox.spawn('exec python3 swap.py');
  const { value } = await swapper.stdout.getReader().read();
  expect(Buffer.from(value ?? []).toString()).toContain('started');
  return { sandbox, swapper };
}

/** How often each outcome came: the content, or the code of the error. */
async function outcomes(operation: () => Promise<unknown>): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const outcome = await operation().then(
      (value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : 'done'),
      (error: { code?: string }) => error.code ?? String(error),
    );
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

async function expectSound(sandbox: Sandbox, swapper: SpawnedProcess): Promise<void> {
  await swapper.kill();
  expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
}

describe('a folder that is a link now and then', () => {
  it('leads the code itself astray: the race is real', async () => {
    const { sandbox, swapper } = await swapping('folder');
    const { result } = await sandbox.execute(`
seen = set()
while len(seen) < 2:
    try: seen.add(open('place/__init__.py').read()[:4])
    except OSError: pass
sorted(seen)`);
    expect(result?.['application/json']).toEqual(['mine', 'r"""']);
    await expectSound(sandbox, swapper);
  });

  verifies('jail.no-host-files', 'never leads the engine astray', async () => {
    const { sandbox, swapper } = await swapping('folder');
    const read = await outcomes(() => sandbox.files.read('place/__init__.py'));
    for (const outcome of read.keys()) expect(['mine', 'INVALID_ARGUMENT']).toContain(outcome);
    await outcomes(() => sandbox.files.stat('place/__init__.py'));
    const names = (await sandbox.files.list('', { recursive: true })).map(({ name }) => name);
    expect(names.filter((name) => name.includes('decoder') || name.includes('scanner'))).toEqual(
      [],
    );
    const written = await outcomes(() => sandbox.files.write('place/written', 'x'));
    for (const outcome of written.keys()) expect(['done', 'INVALID_ARGUMENT']).toContain(outcome);
    await outcomes(() => sandbox.files.remove('place/__init__.py'));
    await swapper.kill();
    expect(
      (await sandbox.execute(`import json; open(json.__file__).read()[4:${4 + FOREIGN.length}]`))
        .result?.['text/plain'],
    ).toBe(`'${FOREIGN}'`);
  });
});

describe('a file that is something else now and then', () => {
  verifies(
    'jail.no-host-files',
    'is read as the file, or not at all, and never waited for',
    async () => {
      const { sandbox, swapper } = await swapping('file');
      const read = await outcomes(() => sandbox.files.read('place'));
      for (const outcome of read.keys()) expect(['mine', 'INVALID_ARGUMENT']).toContain(outcome);
      // What the execution reports of its files takes the same door.
      for (let round = 0; round < 10; round += 1) {
        const { files } = await sandbox.execute('open("touched", "a").write("x")');
        for (const file of files) {
          if (file.omitted || file.change === 'removed') continue;
          expect(Buffer.from(await file.bytes()).toString()).not.toContain(FOREIGN);
        }
      }
      await expectSound(sandbox, swapper);
    },
  );

  it('has the length that it had when it was opened', async () => {
    const { sandbox, swapper } = await swapping('size');
    for (let round = 0; round < ROUNDS; round += 1) {
      const { byteLength } = await sandbox.files.read('growing');
      expect([0, 1, 4, 1 << 20]).toContain(byteLength);
    }
    await expectSound(sandbox, swapper);
  });
});

describe('a tree', () => {
  it('that is deeper than any path is listed in part, and removed in whole', async () => {
    const sandbox = await create();
    await sandbox.execute(`
import os
home = os.getcwd()
for _ in range(1500):
    os.mkdir('d' * 20); os.chdir('d' * 20)
open('deepest', 'w').close()
os.chdir(home)`);
    const listed = await sandbox.files.list('', { recursive: true });
    expect(listed.length).toBeGreaterThan(50);
    expect(await sandbox.files.remove('d'.repeat(20))).toBe(true);
    expect(await sandbox.files.list()).toEqual([]);
    expect((await sandbox.execute('6 * 7')).files).toEqual([]);
  });

  it('whose list is longer than an answer may be is refused, and all is still there', async () => {
    const sandbox = await create();
    await sandbox.execute(`
import os
folder = '/'.join(['d' * 250] * 8)
os.makedirs(folder)
for index in range(5_000): open('%s/%d' % (folder, index), 'w').close()
kept = 1`);
    await expect(sandbox.files.list('', { recursive: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('too long'),
    });
    expect(await sandbox.files.list()).toHaveLength(1);
    expect((await sandbox.execute('kept')).result?.['text/plain']).toBe('1');
  });
});
