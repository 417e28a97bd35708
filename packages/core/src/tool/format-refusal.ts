/** Errors of the engine that the model itself can mend. */
import { BelljarError } from '../errors.js';

/**
 * What a model reads when its code was refused and nothing ran: too long, a NUL in it. Undefined
 * for every other error, which belongs to the application.
 */
export function formatRefusal(error: unknown): string | undefined {
  if (!BelljarError.isInstance(error) || error.code !== 'INVALID_ARGUMENT') return undefined;
  return `status: refused\nNothing ran. ${error.message}`;
}
