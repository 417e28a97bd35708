/**
 * Files outside the workspace, and behind symbolic links, by commands in the sandbox: they see what
 * its code sees. The path is a variable of the command and never part of its text.
 */
import type { Sandbox, ShellResult } from '@belljar/core';
import type {
  Experimental_SandboxDirectoryEntry as DirectoryEntry,
  Experimental_SandboxFileStat as FileStat,
} from 'ai';

const ABSENT = 44;
const EXISTS = `[ -e "$FILE" ] || exit ${ABSENT}`;

const STAT = `${EXISTS}; stat -L -c '%s %F' -- "$FILE"`;
const LIST = `${EXISTS}; cd -- "$FILE" && find . -mindepth 1 -maxdepth 1 -printf '%y%f\\0'`;
const WRITE = `[ ! -d "$FILE" ] || { echo 'Is a directory' >&2; exit 1; }
mkdir -p -- "$(dirname -- "$FILE")" && cat > "$FILE"`;
const REMOVE = `[ -L "$FILE" ] || ${EXISTS}; rm -- "$FILE"`;

export class CommandFiles {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  async stat(path: string): Promise<FileStat | null> {
    const said = await this.#run(STAT, path);
    if (said === null) return null;
    const [, size, kind = ''] = /^(\d+) (.*)/.exec(said) ?? [];
    const type = kind.startsWith('regular') ? 'file' : kind === 'directory' ? kind : 'other';
    return { type, size: Number(size) };
  }

  /** Of a file that is there. */
  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    const command = await this.#sandbox.spawn('exec cat -- "$FILE"', {
      environment: { FILE: path },
    });
    await command.stdin.close();
    void command.stderr.cancel();
    return command.stdout;
  }

  async write(path: string, content: Uint8Array): Promise<void> {
    await this.#run(WRITE, path, content);
  }

  async list(path: string): Promise<DirectoryEntry[] | null> {
    const said = await this.#run(LIST, path);
    if (said === null) return null;
    const types = { f: 'file', d: 'directory', l: 'symlink' } as const;
    const entries = said.split('\0').filter((entry) => entry !== '');
    return entries.map((entry) => ({
      name: entry.slice(1),
      type: types[entry.charAt(0) as keyof typeof types] ?? 'other',
    }));
  }

  async remove(path: string): Promise<boolean> {
    return (await this.#run(REMOVE, path)) !== null;
  }

  /** What it printed; null where nothing has the path. */
  async #run(command: string, path: string, stdin?: Uint8Array): Promise<string | null> {
    const result = await this.#sandbox.shell(command, { environment: { FILE: path }, stdin });
    if (result.exitCode === ABSENT) return null;
    if (result.status === 'ok') return result.stdout;
    throw new Error(`'${path}': ${reason(result)}`);
  }
}

function reason({ stderr, status }: ShellResult): string {
  return stderr.trim().split('\n').at(-1) || status;
}
