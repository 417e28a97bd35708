/**
 * Ends a sandbox's process and removes its folder when the engine is gone, however it went.
 *
 * A shell that reads from a pipe of the engine's: the pipe's end is the engine's end. A busy session
 * cannot see that for itself, and no signal tells it on every system.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BelljarError } from '../../errors.js';

/** Each line names the process to end, or nothing. `$1` is the folder. */
const SCRIPT =
  'pid=; while read -r line; do pid=$line; done; ' +
  '[ -z "$pid" ] || kill -9 "$pid"; rm -rf -- "$1" || rm -rf -- "$1"';

function startShell(folder: string): ChildProcess {
  // A session of its own: an interrupt at the terminal is the engine's, and ends it here.
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'belljar-lifeline', folder], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.stdin?.on('error', () => {});
  return shell;
}

export class Lifeline {
  readonly #shell: ChildProcess;

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
  }

  static async start(folder: string): Promise<Lifeline> {
    try {
      const shell = startShell(folder);
      await once(shell, 'spawn');
      return new Lifeline(shell);
    } catch (cause) {
      throw new BelljarError('RUNTIME_UNAVAILABLE', "'/bin/sh' cannot be started.", {
        suggestion: 'A sandbox of level process needs it, to be ended with its engine.',
        cause,
      });
    }
  }

  watch(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? ''}\n`);
  }

  async end(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const ended = once(this.#shell, 'close');
    this.#shell.kill('SIGKILL');
    await ended;
  }
}
