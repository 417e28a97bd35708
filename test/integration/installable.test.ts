/** What a release installs and does in projects outside this checkout. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  linkProject,
  type Manifest,
  npm,
  PACKAGES,
  type PackageFolder,
  type Release,
  rehearseRelease,
  runIn,
} from '../helpers/release.js';
import { readSource, repositoryRoot } from '../helpers/source-files.js';

const folder = mkdtempSync('/tmp/bji-');
const binaries = join(repositoryRoot, 'node_modules/.bin');
let packed: Record<PackageFolder, string>;
/** For npm on a busy machine. */
const LONG_MS = 180_000;
let release: Release;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  release = await rehearseRelease(mkdtempSync(join(folder, 'release-')));
  packed = await release.pack();
}, LONG_MS);

/** npm's cache has what this machine fetched before; what it lacks, the registry is asked for. */
const canInstall = await npm(folder, [
  'view',
  '--prefer-offline',
  '--fetch-retries=0',
  'ai@7',
  'version',
])
  .then(() => true)
  .catch(() => false);
/** Without either, frameworks are this checkout's, and npm's choice of versions is not tried. */
const installed = canInstall ? '' : ' [frameworks linked: no npm registry answers]';

/** The versions that this checkout develops against. */
function developedWith(...names: string[]): Record<string, string> {
  const all = ['package.json', ...PACKAGES.map((name) => `packages/${name}/package.json`)].map(
    (path) => (JSON.parse(readSource(path)) as Manifest).devDependencies ?? {},
  );
  const known: Record<string, string> = Object.assign({}, ...all);
  return Object.fromEntries(names.map((name) => [name, known[name] ?? 'unknown']));
}

async function install(
  name: string,
  ours: readonly PackageFolder[],
  theirs: Record<string, string>,
  more: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const project = join(folder, name);
  mkdirSync(project);
  const dependencies = Object.fromEntries(
    ours.map((one) => [release.manifest(one).name, `file:${packed[one]}`]),
  );
  const manifest = { private: true, type: 'module', dependencies: { ...theirs, ...dependencies } };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  if (!canInstall) {
    const packages = ours.map((one) => ({ manifest: release.manifest(one), archive: packed[one] }));
    await linkProject(project, packages, Object.keys(theirs));
    return project;
  }
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...(more.args ?? [])];
  await npm(project, args, more.env);
  return project;
}

/** Type-checks a program in its project as strictly as can be, and runs it. */
async function checkAndRun(project: string, program: string): Promise<string> {
  cpSync(join(import.meta.dirname, 'installed', program), join(project, 'program.ts'));
  const compilerOptions = {
    strict: true,
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    types: ['node'],
    noEmit: true,
  };
  const configuration = { compilerOptions, files: ['program.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(configuration));
  // What frameworks' own declarations lack is theirs: a user skips it with `skipLibCheck`.
  const said = await runIn(project, join(binaries, 'tsc'), ['-p', '.']).catch(String);
  expect(said).toMatch(/^$|error TS/);
  const ours = said.split('\n').filter((line) => /^(program|node_modules\/@belljar)/.test(line));
  expect(ours).toEqual([]);
  return runIn(project, process.execPath, ['program.ts']);
}

describe('a release', () => {
  it('gives all packages one version, of which each asks for the others', () => {
    const version = release.manifest('core').version;
    expect(version).not.toBe(
      (JSON.parse(readSource('packages/core/package.json')) as Manifest).version,
    );
    const names = PACKAGES.map((name) => release.manifest(name).name);
    for (const name of PACKAGES) {
      const { version: own, dependencies, peerDependencies } = release.manifest(name);
      expect(own).toBe(version);
      for (const [asked, range] of Object.entries({ ...peerDependencies, ...dependencies })) {
        if (names.includes(asked)) expect([version, `^${version}`]).toContain(range);
      }
      expect(release.read(`packages/${name}/CHANGELOG.md`)).toContain(`## ${version}`);
    }
  });

  it.each(PACKAGES)('packs %s as publint and attw want it', async (name) => {
    await Promise.all([
      runIn(folder, join(binaries, 'publint'), ['--strict', packed[name]]),
      runIn(folder, join(binaries, 'attw'), [packed[name], '--profile', 'esm-only']),
    ]);
  });

  it.each(PACKAGES)('has licence and README in %s, and no source and no test', async (name) => {
    const files = (await runIn(folder, 'tar', ['tzf', packed[name]])).split('\n');
    expect(files).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md']));
    expect(files.filter((file) => /\/src\/|\.test\.|\/tests?\/|__pycache__/.test(file))).toEqual(
      [],
    );
  });
});

describe('an empty project', () => {
  const adapters = [
    ['ai-sdk', ['ai']],
    ['langchain', ['@langchain/core']],
    ['gemini', ['@google/genai']],
  ] as const;
  for (const [adapter, frameworks] of adapters) {
    const what = `with @belljar/${adapter} and ${frameworks.join(', ')} only type-checks and runs${installed}`;
    it(
      what,
      async () => {
        const theirs = developedWith(...frameworks, '@types/node');
        const project = await install(adapter, ['store', 'core', adapter], theirs);
        const said = await checkAndRun(project, `${adapter}.ts`);
        expect(said).toContain('status: ok\nresult:\n42\nchanged: nothing');
        expect(said).toContain('shell');
      },
      LONG_MS,
    );
  }

  it(
    `without compiler and Python installs, and is told so in sentences${installed}`,
    async () => {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      symlinkSync(process.execPath, join(bin, 'node'));
      symlinkSync('/bin/sh', join(bin, 'sh'));
      const more = { args: ['--omit=optional'], env: { ...process.env, PATH: bin } };
      const project = await install('bare', ['store', 'core', 'cli'], {}, more);
      const env = { PATH: bin, HOME: mkdtempSync(join(folder, 'home-')) };
      cpSync(join(import.meta.dirname, 'installed', 'bare.mjs'), join(project, 'bare.mjs'));
      const said = await runIn(project, process.execPath, ['bare.mjs'], env);
      expect(said).toMatch(
        /^python BelljarError RUNTIME_UNAVAILABLE There is no python3 on the path\./,
      );
      expect(said).toMatch(/^javascript BelljarError RUNTIME_UNAVAILABLE [A-Z].*\.$/m);
      expect(said).not.toMatch(/^ +at /m);
      writeFileSync(join(project, 'code.py'), 'print(6 * 7)');
      const command = [join(project, 'node_modules/.bin/belljar'), 'run', 'code.py'];
      const failed = await runIn(project, process.execPath, command, env).catch(String);
      expect(failed).toMatch(/There is no python3 on the path\. Install CPython/);
      expect(failed).not.toMatch(/^ +at /m);
      expect(await runIn(project, process.execPath, command)).toContain('42');
    },
    LONG_MS,
  );
});
