import type { ExecutionError } from '../execution.js';
import type { SandboxLimits } from '../limits.js';
import type { RunOutcome } from './runtime.js';

/** The error of a run whose interpreter went, in words that no code of the sandbox chose. */
export function interpreterEnded(
  status: RunOutcome['status'],
  how: string,
  { memoryBytes }: SandboxLimits,
): ExecutionError {
  const texts: Partial<Record<RunOutcome['status'], string>> = {
    timeout: 'The code ran longer than its time, and its interpreter was ended.',
    cancelled: 'The code was cancelled, and its interpreter was ended.',
    'out-of-memory': `The sandbox used more than ${memoryBytes} bytes of memory.`,
  };
  const message = texts[status] ?? `The interpreter is gone: ${how}.`;
  return { name: 'InterpreterEnded', message, traceback: '' };
}
