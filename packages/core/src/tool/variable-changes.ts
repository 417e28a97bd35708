/** Which global names an execution made, changed or removed. */
import type { ExecuteOptions, Execution } from '../execution.js';
import type { Sandbox, Variable } from '../sandbox.js';

export interface VariableChanges {
  created: Variable[];
  /** Bound to another value, or of another type, size or preview. */
  changed: Variable[];
  removed: string[];
}

/** The answer waits no longer for this: what the code's own `__repr__` does takes its time. */
const LOOK_WITHIN_MS = 2_000;

/**
 * Executes, and looks at the variables just before and just after: the three calls stand in the
 * sandbox's order without a gap, so no other call's changes are among them. The changes are
 * undefined where they could not be had in time; an execution that was undone has none.
 *
 * `slow`: ids of sandboxes where it took too long. They are not looked at again, since the next
 * execution would wait for it.
 */
export async function executeWithChanges(
  sandbox: Sandbox,
  options: ExecuteOptions,
  slow: Set<string> = new Set(),
): Promise<{ execution: Execution; changes: VariableChanges | undefined }> {
  if (slow.has(sandbox.id)) {
    return { execution: await sandbox.execute(options), changes: undefined };
  }
  const before = look(sandbox);
  const executed = sandbox.execute(options);
  const after = look(sandbox);
  const execution = await executed;
  if (execution.rolledBack) return { execution, changes: noChanges() };
  const looked = await within(Promise.all([before, after]), LOOK_WITHIN_MS);
  if (looked === undefined) slow.add(sandbox.id);
  const [earlier, later] = looked ?? [];
  return { execution, changes: earlier && later && compareVariables(earlier, later) };
}

/** Runtimes list no more, the first by name: what comes after those is not known. */
const MOST_LISTED = 1_000;

/** Both lists as `sandbox.variables({ identity: true })` gives them: sorted by name. */
export function compareVariables(
  before: readonly Variable[],
  after: readonly Variable[],
): VariableChanges {
  const ends = [before, after].flatMap((list) => list[MOST_LISTED - 1]?.name ?? []);
  const isKnown = ({ name }: Variable): boolean => ends.every((end) => name <= end);
  return compareKnown(before.filter(isKnown), after.filter(isKnown));
}

function compareKnown(before: readonly Variable[], after: readonly Variable[]): VariableChanges {
  const earlier = new Map(before.map((variable) => [variable.name, variable]));
  const later = new Set(after.map(({ name }) => name));
  return {
    created: after.filter(({ name }) => !earlier.has(name)),
    changed: after.filter((variable) => {
      const known = earlier.get(variable.name);
      return known !== undefined && !isSame(known, variable);
    }),
    removed: before.filter(({ name }) => !later.has(name)).map(({ name }) => name),
  };
}

function noChanges(): VariableChanges {
  return { created: [], changed: [], removed: [] };
}

function isSame(one: Variable, other: Variable): boolean {
  return (
    one.identity === other.identity &&
    one.type === other.type &&
    one.sizeBytes === other.sizeBytes &&
    one.preview === other.preview
  );
}

/** Undefined where it fails: why a sandbox does not answer is said by its execution. */
function look(sandbox: Sandbox): Promise<Variable[] | undefined> {
  return sandbox.variables({ identity: true }).catch(() => undefined);
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
