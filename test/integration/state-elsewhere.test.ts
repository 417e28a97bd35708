/** State that comes to another Python, another user, another machine's keys. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineOptions, Execution } from '@belljar/core';
import { expect } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { collect } from '../helpers/collect.js';
import { requires } from '../helpers/requires.js';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { useEngines } from '../helpers/test-engine.js';
import { findPatchVersions, findPython } from '../hosts/interpreters.js';

const openPlain = useEngines();
const makeDirectory = useDirectories();
const text = (execution: Execution): unknown => execution.result?.['text/plain'];

const [older, newer] = [findPython(11), findPython(12)];
const optional = 'a machine has the Pythons that it has';
const withTwoMinors = await requires(
  'CPython 3.11 and 3.12',
  () => (older && newer ? true : 'set BELLJAR_PYTHONS to paths of both'),
  { optional },
);

const pythonOf = (interpreter: string | undefined): EngineOptions['python'] => {
  return { interpreter, preload: [], poolSize: 1 };
};

withTwoMinors('another Python runs the journal again, and says why', async () => {
  const directory = makeDirectory();
  const first = await openPlain({ directory, python: pythonOf(older) });
  const sandbox = await first.openSandbox({ key: 'k' });
  await sandbox.execute(
    'import os\nx, drawn = 41, os.urandom(8)\nopen("a.txt", "w").write("kept")',
  );
  await sandbox.hibernate();
  const fork = await sandbox.fork();
  await fork.hibernate();
  await first.close();
  const second = await openPlain({ directory, python: pythonOf(newer) });
  const woken = await (await second.openSandbox({ key: 'k' })).execute(
    'x + 1, open("a.txt").read()',
  );
  expect(text(woken)).toBe("(42, 'kept')");
  expect(woken.survival?.notes).toEqual([expect.stringMatching(/cpython-3\.11.*cpython-3\.12/)]);
  // Of a fork there is no journal before its checkpoint: files, and the loss is named.
  const other = await (await second.getSandbox(fork.id)).execute('open("a.txt").read()');
  expect(text(other)).toBe("'kept'");
  expect(other.survival?.lost).toMatchObject([{ name: 'all variables' }]);
});

const patches = findPatchVersions();
const withAnotherUser = await requires(
  'root, setpriv(1) and two patch versions of one CPython',
  () => {
    if (process.getuid?.() !== 0) return 'run the tests as root';
    if (!patches)
      return 'set BELLJAR_PYTHONS to the path of another patch version than the system’s';
    return spawnSync('setpriv', ['--version']).status === 0 || 'install util-linux';
  },
  { optional },
);

/** A key management that both sides can ask: each imports this module. */
const PROVIDER = `
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
const shared = Buffer.from('${randomBytes(32).toString('hex')}', 'hex');
export const keyProvider = {
  id: 'shared',
  async wrap(key, context) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', shared, nonce).setAAD(Buffer.from(context));
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  },
  async unwrap(wrapped, context) {
    const bytes = Buffer.from(wrapped);
    const cipher = createDecipheriv('aes-256-gcm', shared, bytes.subarray(0, 12));
    cipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
  },
};`;

withAnotherUser('another user with another patch version imports what was exported', async () => {
  const folder = makeDirectory();
  chmodSync(folder, 0o777);
  const [provider, file] = [join(folder, 'provider.mjs'), join(folder, 'exported')];
  writeFileSync(provider, PROVIDER);
  const { keyProvider } = await import(pathToFileURL(provider).href);
  const engine = await openPlain({
    directory: makeDirectory(),
    keyProvider,
    python: pythonOf(patches?.[0]),
  });
  const sandbox = await engine.createSandbox();
  await sandbox.execute(
    'import os, sys\nclass Point:\n    def __init__(self): self.x = 1\n' +
      'point, drawn, version = Point(), os.urandom(8), sys.version_info[:3]',
  );
  const before = text(await sandbox.execute('drawn'));
  const exported = Buffer.concat(await collect(await engine.exportSandbox(sandbox.id)));
  writeFileSync(file, exported);
  const program = `
    process.env.TMPDIR = '/tmp';
    const { keyProvider } = await import(${JSON.stringify(provider)});
    const { readFileSync } = await import('node:fs');
    const { createEngine } = await import('@belljar/core');
    await using engine = await createEngine({
      directory: ${JSON.stringify(join(folder, 'state'))}, keyProvider, onWarning() {},
      python: { interpreter: ${JSON.stringify(patches?.[1])}, preload: [], poolSize: 0 },
    });
    const bytes = readFileSync(${JSON.stringify(file)});
    const sandbox = await engine.importSandbox(new Blob([bytes]).stream());
    const { result } = await sandbox.execute('drawn');
    const { stdout, survival, error } = await sandbox.execute(
      'import sys; print(type(point) is Point, point.x, version != sys.version_info[:3])');
    console.log(JSON.stringify([process.getuid(), result?.['text/plain'], stdout, survival ?? null, error ?? null]));`.replaceAll(
    'async async',
    'async',
  );
  const user = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
  expect(await runEngine(program, user)).toEqual([1000, before, 'True 1 True\n', null, null]);
});
