/** What belongs to a memory that outlives its process, which is not built yet. */
import { BelljarError } from '../errors.js';

export async function notThereYet(call: string): Promise<never> {
  throw new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `${call} needs a memory that outlives its process, which is not built yet.`,
    { suggestion: 'See "What is not there yet" in the README.' },
  );
}
