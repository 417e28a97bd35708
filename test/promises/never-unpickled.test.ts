/** What a sandbox wrote is unpickled in its jail, and nowhere else. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const open = useEngines();
const makeDirectory = useDirectories();
// Not below the tests' own folder: a jail has a /tmp of its own, so the same path names two files.
const folder = mkdtempSync(join(tmpdir(), 'bju-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Unpickled anywhere, it makes this folder and a file in it. */
const bomb = (mark: string): string => `
import os
mark = ${JSON.stringify(mark)}
program = f"import os; os.makedirs({os.path.dirname(mark)!r}, exist_ok=True); open({mark!r}, 'w')"
class Bomb:
    def __reduce__(self):
        return exec, (program,)
`;

verifies(
  'store.never-unpickled',
  'a pickle that writes a file does so in the jail, when its sandbox wakes, and not on the host',
  async () => {
    const mark = join(folder, 'mark');
    const directory = makeDirectory();
    const options = { directory, onWarning: () => {} };
    const first = await open(options);
    const sandbox = await first.openSandbox({ key: 'k' });
    const planted = await sandbox.execute(`${bomb(mark)}\nkept = [Bomb()]\nwhole = True`);
    expect(planted.error).toBeUndefined();
    await sandbox.hibernate();
    const copy = await sandbox.fork();
    await first.close();
    const second = await open(options);
    const woken = await second.openSandbox({ key: 'k' });
    const seen = await woken.execute(
      `import os; print(whole, os.path.exists(${JSON.stringify(mark)}))`,
    );
    // Where a sandbox shares the host's files, it may not even make one there.
    const hasOwnFiles = seen.isolation.level === 'namespaces';
    expect(seen.stdout).toBe(hasOwnFiles ? 'True True\n' : 'True False\n');
    const forked = await (await second.getSandbox(copy.id)).execute('whole');
    expect(forked.result).toEqual({ 'text/plain': 'True' });
    expect(existsSync(mark)).toBe(false);
  },
);

verifies('store.never-unpickled', 'the same pickle has its way where it is unpickled', () => {
  const mark = join(folder, 'control', 'mark');
  const program = `${bomb(mark)}\nimport pickle\npickle.loads(pickle.dumps(Bomb()))`;
  const { status, stderr } = spawnSync('python3', ['-c', program], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(existsSync(mark)).toBe(true);
});
