import type { Execution, Sandbox } from '@belljar/core';

export interface Held {
  /** Settles after `release()`. */
  execution: Promise<Execution>;
  /** Lets the code go on to its end. */
  release(): Promise<void>;
}

/**
 * Starts an execution that runs until it is released; resolves when its code runs. A barrier
 * without a clock: a command that was spawned before stands beside the execution and opens the gate.
 */
export async function hold(sandbox: Sandbox, then = ''): Promise<Held> {
  const gate = await sandbox.spawn('cat && touch $TMPDIR/released');
  const running = Promise.withResolvers<void>();
  const execution = sandbox.execute({
    code: `
import os, time
print('running', flush=True)
gate = os.environ['TMPDIR'] + '/released'
while not os.path.exists(gate):
    time.sleep(0.002)
os.remove(gate)
${then}`,
    onStdout: () => running.resolve(),
  });
  execution.catch(() => {});
  await Promise.race([running.promise, execution]);
  return {
    execution,
    release: async () => {
      await gate.stdin.close();
      await gate.wait();
    },
  };
}
