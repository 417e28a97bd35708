/** Code that has the engine keep content, and sees to it that nothing ever comes to point to it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Engine, Sandbox } from '@belljar/core';
import { expect, it, vi } from 'vitest';
import { collect } from '../helpers/collect.js';
import { blobFiles, useDirectories } from '../helpers/sqlite-stores.js';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const openEngine = useEngines();
const directory = useDirectories()();
let engine: Promise<Engine> | undefined;

async function create(): Promise<Sandbox> {
  const python = { ...plainPython, poolSize: 1 };
  engine ??= openEngine({ directory, python, onWarning: () => {} });
  return (await engine).createSandbox();
}

const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
const kept = (): number => blobFiles(directory).reduce((sum, file) => sum + size(file), 0);
const outcome = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', String);

/** Until the returned function is called, the store cannot add rows to the table. */
function refuseRowsOf(table: string): () => void {
  const database = new DatabaseSync(join(directory, 'belljar.db'));
  database.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'refused'); END`,
  );
  return () => {
    database.exec('DROP TRIGGER refuse');
    database.close();
  };
}

/** While its memory is copied, it sends 4 MB of its own, and then what is no record. */
const LATE = `import os
class Late:
    def __reduce__(self):
        for _ in range(4):
            os.write(4, b"D\\0\\0\\x10\\0" + os.urandom(1024 * 1024))
        if late: os.write(4, b"\\xff" * 1000)
        return (str, ("done",))
late, hostile = True, Late()`;

it('a checkpoint that fails late, twenty times, takes no room on the disk', async () => {
  const sandbox = await create();
  await sandbox.execute(LATE);
  const before = kept();
  let most = 0;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    let isOver = false;
    const taken = outcome(sandbox.snapshot()).finally(() => {
      isOver = true;
    });
    while (!isOver && attempt < 3) {
      most = Math.max(most, kept() - before);
      await turn();
    }
    expect(await taken).not.toBe('done');
    expect(kept()).toBe(before);
  }
  // Its content did come as far as the disk, and that of one that does not fail stays there.
  expect(most).toBeGreaterThan(2 * 1024 * 1024);
  await sandbox.execute('del hostile; honest = os.urandom(4 * 1024 * 1024)');
  await sandbox.snapshot();
  expect(kept()).toBeGreaterThan(before + 4 * 1024 * 1024);
});

it('one that cannot be committed takes no room, and the next one is whole', async () => {
  const sandbox = await create();
  const before = kept();
  // No entry of the journal has the content of this file.
  await (await sandbox.spawn('head -c 3000000 /dev/urandom > made')).wait();
  const made = await sandbox.files.read('made');
  const accept = refuseRowsOf('checkpoints');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(await outcome(sandbox.snapshot())).toContain('refused');
    expect(kept()).toBe(before);
  }
  accept();
  await sandbox.hibernate();
  expect(kept()).toBeGreaterThan(before + 3_000_000);
  expect(Buffer.compare(await sandbox.files.read('made'), made)).toBe(0);
});

it('an execution or a file that cannot be journalled takes none for longer than its process', async () => {
  const sandbox = await create();
  await sandbox.files.write('a', 'a file');
  const before = kept();
  const content = new Uint8Array(1_000_000).fill(1);
  expect(await outcome(sandbox.files.write('a/b', content))).not.toBe('done');
  expect(await outcome(sandbox.files.write('b', content))).toBe('done');
  const files = [{ name: 'a/b', content: content.fill(2) }];
  expect(await outcome(sandbox.execute({ code: 'pass', files }))).not.toBe('done');
  const committed = kept();
  expect(committed - before).toBeGreaterThan(1_000_000);
  expect(committed - before).toBeLessThan(1_100_000);
  const accept = refuseRowsOf('outcomes');
  const code = 'import os; open("c", "wb").write(os.urandom(1_000_000))';
  expect(await outcome(sandbox.execute({ code, executionId: 'c' }))).toContain('refused');
  // It is written with the next one, as long as its process lives.
  expect(kept()).toBeGreaterThan(committed + 1_000_000);
  await sandbox.hibernate();
  // A small checkpoint may have come meanwhile.
  await vi.waitFor(() => expect(kept()).toBeLessThan(committed + 100_000));
  accept();
  expect((await sandbox.execute('import os; sorted(os.listdir("."))')).result).toMatchObject({
    'text/plain': "['a', 'b']",
  });
});

verifies('execution.transaction', 'what cannot be journalled is undone', async () => {
  const sandbox = await create();
  await sandbox.execute('x = 1');
  const accept = refuseRowsOf('executions');
  const code = 'x = 2; open("made", "w").write("x" * 1_000)';
  expect(await outcome(sandbox.execute(code))).toContain('refused');
  expect(await outcome(sandbox.shell('echo > made'))).toContain('refused');
  accept();
  const { result } = await sandbox.execute('import os; [x, os.listdir(".")]');
  expect(result?.['text/plain']).toBe('[1, []]');
  expect((await collect(sandbox.executions())).length).toBe(2);
});
