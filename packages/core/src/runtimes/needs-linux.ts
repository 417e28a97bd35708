/** What is said where the kernel is not Linux. */
import { BelljarError } from '../errors.js';

export function needsLinux(what: string): BelljarError {
  return new BelljarError(
    'ISOLATION_UNAVAILABLE',
    `${what} need Linux; this is ${process.platform}.`,
    {
      suggestion:
        'Run the engine in a Linux container or virtual machine. For developing on macOS, ' +
        "createEngine({ minimumIsolation: 'process' }) runs JavaScript sandboxes without a jail.",
    },
  );
}
