// What set-up tells the user: one line a step, on stderr, so that a task's own output stays clean.

/** A cause that the user can act on. Its message is one sentence: what is missing, how to get it. */
export class SetupFailure extends Error {}

/** @param {number} startedAt from `performance.now()` */
function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`belljar: ${text}\n`);
}

/**
 * Runs one step of the set-up and prints its line: the name at once, what came of it at the end.
 *
 * @param {string} name
 * @param {(announce: (work: string) => void) => Promise<string> | string} run Returns the outcome.
 *   `announce` says at once that this will take a while.
 */
export async function step(name, run) {
  const startedAt = performance.now();
  let lineOpen = false;
  try {
    const outcome = await run((work) => {
      process.stderr.write(`belljar: ${name}: ${work} ... `);
      lineOpen = true;
    });
    const end = `${outcome} (${seconds(startedAt)})\n`;
    process.stderr.write(lineOpen ? end : `belljar: ${name}: ${end}`);
  } catch (error) {
    if (lineOpen) process.stderr.write(`failed (${seconds(startedAt)})\n`);
    throw error;
  }
}
