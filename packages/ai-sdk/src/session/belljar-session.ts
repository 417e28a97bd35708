import { posix } from 'node:path';
import type { Sandbox, ShellResult, SpawnedProcess } from '@belljar/core';
import type {
  Experimental_SandboxProcess as SandboxProcess,
  Experimental_SandboxSession as SandboxSession,
} from 'ai';
import { readBytes } from './read-bytes.js';
import { SessionFiles } from './session-files.js';

/** What the session's commands are given, besides what each call says. */
export interface SessionSettings {
  /** Wall time of one `run`, in ms. Default: the sandbox's limit. `spawn` has none. */
  timeoutMs?: number | undefined;
}

type Options<Name extends keyof SandboxSession> = SandboxSession[Name] extends (
  options: infer Given,
) => unknown
  ? Given
  : never;

/** Where a command begins that is to run outside the workspace. */
const IN_FOLDER = 'cd -- "$BELLJAR_FOLDER" || exit 1';

/** What shells and `timeout` say with their exit codes. */
const EXIT_CODES = { timeout: 124, 'out-of-memory': 137 } as const;

/**
 * A Belljar sandbox behind the AI SDK's interface: files of the workspace, shell commands, long-running
 * processes. A command that times out or runs out of memory is undone, and its exit code says so.
 */
export function sandboxSession(
  sandbox: Sandbox,
  /** The workspace as the sandbox sees it. */
  base: string,
  settings: SessionSettings,
): SandboxSession {
  const files = new SessionFiles(sandbox, base);
  const readBinaryFile = async ({ path, abortSignal }: Options<'readBinaryFile'>) => {
    abortSignal?.throwIfAborted();
    const stream = await files.read(path);
    return stream && readBytes(stream);
  };
  const writeBinaryFile = async (given: Options<'writeBinaryFile'>): Promise<void> => {
    given.abortSignal?.throwIfAborted();
    await files.write(given.path, given.content);
  };
  const inFolder = (command: string, folder: string | undefined, env = {}) => {
    const place = placeOf(base, folder);
    if ('inside' in place) return { command, workingDirectory: place.inside, environment: env };
    const environment = { ...env, BELLJAR_FOLDER: place.outside };
    return { command: `${IN_FOLDER}\n${command}`, environment };
  };
  return {
    description: describe(sandbox, base, settings),
    async run({ command: given, workingDirectory, env, abortSignal }) {
      const { command, ...where } = inFolder(given, workingDirectory, env);
      const { timeoutMs } = settings;
      const result = await sandbox.shell(command, { ...where, timeoutMs, signal: abortSignal });
      abortSignal?.throwIfAborted();
      return asRun(result);
    },
    spawn: (async ({ command: given, workingDirectory, env, abortSignal, stdin }) => {
      const { command, ...where } = inFolder(given, workingDirectory, env);
      const spawned = await sandbox.spawn(command, { ...where, signal: abortSignal });
      if (!stdin) await spawned.stdin.close();
      return asProcess(spawned, abortSignal, stdin === true);
    }) as SandboxSession['spawn'],
    async readFile({ path, abortSignal }) {
      abortSignal?.throwIfAborted();
      return files.read(path);
    },
    readBinaryFile,
    async readTextFile({ encoding = 'utf-8', startLine, endLine, ...given }) {
      const bytes = await readBinaryFile(given);
      return bytes && linesOf(decode(bytes, encoding), startLine, endLine);
    },
    async writeFile({ path, content, abortSignal }) {
      abortSignal?.throwIfAborted();
      await writeBinaryFile({ path, content: await readBytes(content), abortSignal });
    },
    writeBinaryFile,
    async writeTextFile({ content, encoding = 'utf-8', ...given }) {
      await writeBinaryFile({ ...given, content: Buffer.from(content, asEncoding(encoding)) });
    },
    async stat({ path, abortSignal }) {
      abortSignal?.throwIfAborted();
      return files.stat(path);
    },
    async listDirectory({ path, abortSignal }) {
      abortSignal?.throwIfAborted();
      return files.list(path);
    },
    async deleteFile({ path, abortSignal }) {
      abortSignal?.throwIfAborted();
      return files.remove(path);
    },
  };
}

function placeOf(
  base: string,
  folder: string | undefined,
): { inside: string } | { outside: string } {
  const resolved = posix.resolve(base, folder ?? '.');
  const name = posix.relative(base, resolved);
  return name === '..' || name.startsWith('../') ? { outside: resolved } : { inside: name };
}

function asRun({ status, exitCode, stdout, stderr }: ShellResult) {
  if (status === 'ok' || status === 'error') return { exitCode: exitCode ?? 1, stdout, stderr };
  const ended = status === 'timeout' || status === 'out-of-memory' ? EXIT_CODES[status] : exitCode;
  const said = `${stderr}${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}belljar: ${status}: what the command did was undone\n`;
  return { exitCode: ended || 1, stdout, stderr: said };
}

function asProcess(
  spawned: SpawnedProcess,
  signal: AbortSignal | undefined,
  withStdin: boolean,
): SandboxProcess & { stdin?: WritableStream<Uint8Array> } {
  const { pid, stdin, stdout, stderr } = spawned;
  return {
    pid,
    stdout,
    stderr,
    ...(withStdin && { stdin }),
    async wait() {
      const { exitCode, signal: number } = await spawned.wait();
      signal?.throwIfAborted();
      return { exitCode: exitCode ?? 128 + (number ?? 0) };
    },
    kill: () => spawned.kill(),
  };
}

function describe(sandbox: Sandbox, base: string, { timeoutMs }: SessionSettings): string {
  const { limits } = sandbox.info;
  return [
    'Private Linux sandbox with a POSIX shell and Python 3; files stay from one command to the next.',
    `Current working directory: ${base}`,
    'There is no network: nothing can be downloaded or installed. No port can be reached from outside.',
    `A command may take ${(timeoutMs ?? limits.timeoutMs) / 1_000} s and ${Math.round(limits.memoryBytes / 1e6)} MB of memory.`,
  ].join('\n');
}

function asEncoding(encoding: string): BufferEncoding {
  if (Buffer.isEncoding(encoding)) return encoding;
  throw new TypeError(`Text cannot be written in the encoding '${encoding}'.`);
}

function decode(bytes: Uint8Array, encoding: string): string {
  if (Buffer.isEncoding(encoding)) return Buffer.from(bytes).toString(encoding);
  return new TextDecoder(encoding).decode(bytes);
}

/** From 1, both included; whole where neither is given. */
function linesOf(text: string, startLine?: number, endLine?: number): string {
  if (startLine === undefined && endLine === undefined) return text;
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  return text
    .split(lineBreak)
    .slice(Math.max(1, startLine ?? 1) - 1, endLine)
    .join(lineBreak);
}
