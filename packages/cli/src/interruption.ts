/**
 * Ctrl-C and its kin. The first ends the code in good order: its output and files so far are kept.
 * The second ends the sandbox at once, the third this process.
 */
import { EXIT } from './exit-status.js';
import { CommandFailure } from './failure.js';

const STATUS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangUp } as const;

export interface Interruption extends Disposable {
  /** Aborted by the first. */
  signal: AbortSignal;
  /** Set once something interrupted. */
  readonly failure: CommandFailure | undefined;
  /** Settles as the task does, or rejects at the first interruption. */
  orFirst<T>(task: Promise<T>): Promise<T>;
  /** Settles as the task does, or rejects at the second. */
  orSecond<T>(task: Promise<T>): Promise<T>;
}

export function watchInterruptions(): Interruption {
  const first = new AbortController();
  const second = new AbortController();
  let failure: CommandFailure | undefined;

  const interrupt = (exitStatus: number, what: string): void => {
    failure ??= new CommandFailure('CANCELLED', exitStatus, `${what}; what ran was ended.`);
    if (second.signal.aborted) process.exit(exitStatus);
    (first.signal.aborted ? second : first).abort(failure);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    interrupt(STATUS[name as keyof typeof STATUS], `Interrupted by ${name}`);
  };
  const onClosed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' && failure === undefined) {
      interrupt(EXIT.pipeClosed, 'Nobody reads the output any more');
    }
  };
  const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
  for (const name of names) process.on(name, onSignal);
  process.stdout.on('error', onClosed);
  return {
    signal: first.signal,
    get failure() {
      return failure;
    },
    orFirst: (task) => orAborted(task, first.signal),
    orSecond: (task) => orAborted(task, second.signal),
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
      process.stdout.off('error', onClosed);
    },
  };
}

async function orAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  task.catch(() => {});
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([task, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
