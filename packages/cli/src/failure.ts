/** Failures of the host: one sentence with a code on stderr, and an exit status. */
import { inspect } from 'node:util';
import { EXIT } from './exit-status.js';
import { printJson } from './terminal/json.js';
import { note } from './terminal/print.js';

/** A failure that the command line itself finds. */
export class CommandFailure extends Error {
  readonly code: string;
  readonly exitStatus: number;

  constructor(code: string, exitStatus: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitStatus = exitStatus;
  }
}

export function usageFailure(message: string): CommandFailure {
  const sentence = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new CommandFailure(
    'USAGE',
    EXIT.usage,
    /[.)]$/.test(sentence) ? sentence : `${sentence}.`,
  );
}

/** How a `BelljarError`, and a `StoreError`, is known without loading the engine. */
const markers = [Symbol.for('belljar.error'), Symbol.for('belljar.store-error')];

const statusOfCode: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: EXIT.usage,
  FILES_LIMIT: EXIT.usage,
  EXECUTION_CONFLICT: EXIT.usage,
  ISOLATION_UNAVAILABLE: EXIT.isolation,
  SANDBOX_NOT_FOUND: EXIT.notFound,
};

interface Failure {
  code: string;
  /** With the suggestion at its end. */
  message: string;
  suggestion?: string | undefined;
  details?: Record<string, unknown> | undefined;
  exitStatus: number;
}

function describe(error: unknown): Failure {
  if (error instanceof CommandFailure) {
    return { code: error.code, message: error.message, exitStatus: error.exitStatus };
  }
  if (typeof error === 'object' && error !== null && markers.some((one) => one in error)) {
    const { code, message, suggestion, details } = error as unknown as Failure;
    const exitStatus = statusOfCode[code] ?? EXIT.hostFailure;
    return { code, message, suggestion, details, exitStatus };
  }
  const said = error instanceof Error ? error.message : String(error);
  const message = `${said.replace(/\.$/, '')}. This is a defect of Belljar; BELLJAR_DEBUG=1 shows where.`;
  return { code: 'INTERNAL', message, exitStatus: EXIT.hostFailure };
}

/** Returns the exit status. The stack and the causes are shown when `BELLJAR_DEBUG` is set. */
export function reportFailure(error: unknown, json: boolean): number {
  const { exitStatus, ...failure } = describe(error);
  note(`${failure.code}: ${failure.message}`);
  if (process.env.BELLJAR_DEBUG) for (const line of inspect(error).split('\n')) note(line);
  if (json) printJson({ status: 'failed', exitStatus, failure });
  return exitStatus;
}
