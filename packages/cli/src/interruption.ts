/** Ctrl-C and its kin: the first one ends the code and tidies up, the second ends the process. */
import { EXIT } from './exit-status.js';
import { CommandFailure } from './failure.js';

const STATUS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangUp } as const;

export interface Interruption extends Disposable {
  signal: AbortSignal;
  /** Set once something interrupted. */
  readonly failure: CommandFailure | undefined;
  /** Settles as the task does, or rejects as soon as something interrupts. */
  orElse<T>(task: Promise<T>): Promise<T>;
}

export function watchInterruptions(): Interruption {
  const controller = new AbortController();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  let failure: CommandFailure | undefined;

  const interrupt = (exitStatus: number, what: string): void => {
    if (failure !== undefined) return;
    failure = new CommandFailure('CANCELLED', exitStatus, `${what}; the sandbox was ended.`);
    reject(failure);
    controller.abort(failure);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    const exitStatus = STATUS[name as keyof typeof STATUS];
    // The sandbox's processes end with this one, whichever way it goes.
    if (failure !== undefined) process.exit(exitStatus);
    interrupt(exitStatus, `Interrupted by ${name}`);
  };
  const onClosed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') interrupt(EXIT.pipeClosed, 'Nobody reads the output any more');
  };
  const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
  for (const name of names) process.on(name, onSignal);
  process.stdout.on('error', onClosed);
  return {
    signal: controller.signal,
    get failure() {
      return failure;
    },
    orElse: (task) => {
      task.catch(() => {});
      return Promise.race([task, interrupted]);
    },
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, onSignal);
      process.stdout.off('error', onClosed);
    },
  };
}
