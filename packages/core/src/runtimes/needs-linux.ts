/** What is said where the kernel is not Linux. */
import { BelljarError } from '../errors.js';

const ON_LINUX = 'Run the engine in a Linux container or virtual machine.';

function refusal(what: string, otherwise: string): BelljarError {
  const message = `${what} need Linux; this is ${process.platform}.`;
  return new BelljarError('ISOLATION_UNAVAILABLE', message, {
    suggestion: `${ON_LINUX} ${otherwise}`,
  });
}

export function sandboxesNeedLinux(): BelljarError {
  return refusal(
    'Sandboxes',
    "For developing on macOS, createEngine({ minimumIsolation: 'process' }) runs JavaScript " +
      'sandboxes without a jail.',
  );
}

export function pythonNeedsLinux(): BelljarError {
  return refusal('Python sandboxes', "Here, create sandboxes with language: 'javascript'.");
}
