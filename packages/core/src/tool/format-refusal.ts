/** Errors of the engine that the model itself can mend. */
import { BelljarError } from '../errors.js';

/** Codes of what was asked for and cannot be had; all others belong to the application. */
const MENDABLE: readonly string[] = ['INVALID_ARGUMENT', 'FILES_LIMIT'];

/**
 * What a model reads when its code was refused and nothing ran: too long, a NUL in it. Undefined
 * for errors that belong to the application.
 */
export function formatRefusal(error: unknown): string | undefined {
  const reason = refusalReason(error);
  return reason === undefined ? undefined : `status: refused\nNothing ran. ${reason}`;
}

/** What the error says, for the same errors. */
export function refusalReason(error: unknown): string | undefined {
  if (!BelljarError.isInstance(error) || !MENDABLE.includes(error.code)) return undefined;
  return error.message;
}
