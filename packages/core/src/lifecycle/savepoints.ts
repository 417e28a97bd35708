/** One sandbox's savepoint: its memory as it was before the execution that runs, kept by its process. */
import type { SavepointReport } from '../execution.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { StateSource } from '../runtimes/sandbox-state.js';

const UNDONE_BY_JOURNAL =
  'what fails is put back from the last checkpoint and the executions since';

const byJournal = (why: string): SavepointReport => {
  return { kind: 'journal', reason: `${why}: ${UNDONE_BY_JOURNAL}` };
};
const NOT_YET = byJournal('no execution came before it since the sandbox came into memory');

export const savepointsOff: SavepointReport = {
  kind: 'off',
  reason: `savepoints are turned off for this sandbox: ${UNDONE_BY_JOURNAL}`,
};

export class Savepoints {
  #next: SavepointReport = NOT_YET;

  #isUsed = true;

  /** What the execution that begins now has. Code uses it up; a command leaves the memory as it is. */
  take(areOff: boolean, runsCode: boolean): SavepointReport {
    const taken = this.#next;
    if (runsCode) this.processEnded();
    return areOff ? savepointsOff : taken;
  }

  /** In the sandbox's turn, when the caller has been answered and the journal is committed. */
  async make(process: SandboxProcess | undefined): Promise<void> {
    if (!process || !this.#isUsed) return;
    this.#isUsed = false;
    if (!process.savepoint) {
      this.#next = byJournal('this runtime keeps none');
      return;
    }
    try {
      const why = await process.savepoint();
      this.#next = why === undefined ? { kind: 'fork' } : byJournal(why);
    } catch (error) {
      this.#next = byJournal(error instanceof Error ? error.message : String(error));
    }
  }

  processEnded(): void {
    this.#next = NOT_YET;
    this.#isUsed = true;
  }
}

/** Undoes an execution by its savepoint. Resolves to why it could not, or to undefined. */
export async function undo(
  process: SandboxProcess | undefined,
  source: StateSource,
  hasRunCode: boolean,
): Promise<string | undefined> {
  if (!process?.rollBack) return 'its process is gone';
  try {
    await process.rollBack(source, hasRunCode);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What an execution says whose savepoint was of no use. */
export function fellBack(savepoint: SavepointReport, why: string): SavepointReport {
  return savepoint.kind === 'fork' ? byJournal(why) : savepoint;
}
