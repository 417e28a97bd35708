/** A release as it would be made, on a copy, and projects that install it. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readSource, repositoryRoot, sourceFiles } from './source-files.js';

const execute = promisify(execFile);

/** The folders of the packages that are published. */
export const PACKAGES = ['store', 'core', 'ai-sdk', 'langchain', 'gemini', 'cli'] as const;
export type PackageFolder = (typeof PACKAGES)[number];

export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  bin?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export interface Release {
  manifest(folder: PackageFolder): Manifest;
  /** Text of a file of the copy. */
  read(path: string): string;
  /** By folder, the path of what `npm publish` would send. */
  pack(): Promise<Record<PackageFolder, string>>;
}

const nodeFirst = [dirname(process.execPath), process.env.PATH].join(delimiter);

/** Runs a program, with this Node first on the path. Its output, or an error that has it. */
export async function runIn(
  cwd: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = { ...process.env, PATH: nodeFirst },
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, env, maxBuffer: 2 ** 26 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}:\n${(stdout + stderr).slice(0, 4_000)}`);
  }
}

/** npm's own program, that any Node runs. */
export function npmProgram(): string {
  for (const folder of nodeFirst.split(delimiter)) {
    try {
      return realpathSync(join(folder, 'npm'));
    } catch {
      // It is in another folder of the path.
    }
  }
  throw new Error('npm is not on the path');
}

export const npm = (cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv) =>
  runIn(cwd, process.execPath, [npmProgram(), ...args], env);

/** Copies what a release is made of, and gives it the versions that the changesets ask for. */
export async function rehearseRelease(copy: string): Promise<Release> {
  const manifests = sourceFiles(['package.json', '{packages,examples}/*/package.json']);
  // The lock file tells the tool which package manager's workspace it is in.
  const alone = ['test/package.json', 'bench/package.json', 'package-lock.json'];
  for (const path of [...manifests, ...alone]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), readSource(path));
  }
  cpSync(join(repositoryRoot, '.changeset'), join(copy, '.changeset'), { recursive: true });
  for (const folder of PACKAGES) copyPackage(copy, folder);
  const identity = ['-c', 'user.name=release', '-c', 'user.email=release@localhost'];
  await runIn(copy, 'git', ['init', '-q', '-b', 'main']);
  await runIn(copy, 'git', ['add', '.changeset', '*package.json']);
  await runIn(copy, 'git', [...identity, 'commit', '-q', '-m', 'before the release']);
  await runIn(copy, join(repositoryRoot, 'node_modules/.bin/changeset'), ['version']);
  return {
    manifest: (folder) =>
      JSON.parse(readFileSync(join(copy, 'packages', folder, 'package.json'), 'utf8')),
    read: (path) => readFileSync(join(copy, path), 'utf8'),
    async pack() {
      const which = PACKAGES.flatMap((folder) => ['--workspace', `packages/${folder}`]);
      const args = ['pack', ...which, '--json', '--ignore-scripts', '--loglevel=error'];
      const said: unknown = JSON.parse(await npm(copy, args));
      const files = (said as { filename: string }[]).map(({ filename }) => join(copy, filename));
      return Object.fromEntries(PACKAGES.map((folder, index) => [folder, files[index]])) as Record<
        PackageFolder,
        string
      >;
    },
  };
}

/** All but the sources, which no package has. */
function copyPackage(copy: string, folder: PackageFolder): void {
  const from = join(repositoryRoot, 'packages', folder);
  const kept = readdirSync(from).filter((name) => !['src', 'node_modules'].includes(name));
  for (const name of kept) {
    cpSync(join(from, name), join(copy, 'packages', folder, name), { recursive: true });
  }
}

/** Unpacks our packages into a project, and links what they need to this checkout's packages. */
export async function linkProject(
  project: string,
  ours: readonly { manifest: Manifest; archive: string }[],
  theirs: readonly string[],
): Promise<void> {
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  const needed = new Set(theirs);
  for (const { manifest, archive } of ours) {
    const folder = join(modules, manifest.name);
    mkdirSync(folder, { recursive: true });
    await runIn(folder, 'tar', ['xzf', archive, '--strip-components=1']);
    for (const [name, path] of Object.entries(manifest.bin ?? {})) {
      symlinkSync(join(folder, path), join(modules, '.bin', name));
    }
    const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (!peerDependenciesMeta?.[name]?.optional) needed.add(name);
    }
  }
  const places = ['', 'packages/core/', 'packages/cli/'].map((path) => `${repositoryRoot}${path}`);
  for (const name of needed) {
    const link = join(modules, name);
    const found = places.map((path) => join(path, 'node_modules', name)).findLast(existsSync);
    if (existsSync(link) || found === undefined) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(found), link);
  }
}
