/**
 * What Belljar promises, each with the issue from which on it holds. `reached` promises must be
 * cited by a test; the others say what is still missing.
 */
interface PromiseEntry {
  sentence: string;
  since: `issue-${number}`;
  /** Why the promise does not hold yet. Absent once it does. */
  pending?: string;
}

const promises = {
  'jail.no-network': {
    since: 'issue-2',
    sentence:
      'no packet leaves a sandbox: no interface but its own loopback, no sockets but local pairs, no DNS',
  },
  'jail.no-host-files': {
    since: 'issue-2',
    sentence:
      'a sandbox reads its own workspace and the read-only runtime, nothing else of the host, and no other sandbox',
  },
  'jail.no-host-processes': {
    since: 'issue-2',
    sentence: 'it sees, signals and traces no process but its own',
  },
  'jail.kernel-surface': {
    since: 'issue-2',
    sentence:
      'system calls outside the allow-list fail; no new namespaces, mounts, keys, BPF, io_uring, ptrace',
  },
  'jail.fails-closed': {
    since: 'issue-2',
    sentence:
      'a layer that cannot be had is an error that names it and the way to get it, unless the caller lowered `minimumIsolation`; every result says which layers were really in force',
  },
  'limits.enforced': {
    since: 'issue-2',
    sentence:
      'wall time, CPU, memory, processes, workspace size, file count, open files, output size: each has a soft enforcer inside and a hard one outside, with and without cgroups',
  },
  'execution.transaction': {
    since: 'issue-7',
    pending:
      'holds by savepoint; where a fork cannot keep all there is, as far as running the journal again is exact',
    sentence:
      'an execution that times out, is cancelled, exceeds a limit, runs out of memory or crashes the interpreter leaves the sandbox as it was before, memory and files; an exception in the code (`MemoryError` and `SystemExit` too) is an ordinary result and keeps state',
  },
  'execution.exactly-once': {
    since: 'issue-3',
    sentence:
      'an execution id is run once: sent again with the same request, also after a crash of the engine, it returns the recorded result; with another request it is refused (`EXECUTION_CONFLICT`)',
  },
  'state.between-calls': {
    since: 'issue-2',
    sentence:
      'variables, functions, classes, imports and files persist from one execution to the next',
  },
  'state.survives-restart': {
    since: 'issue-4',
    sentence:
      'so they do across the end of the process, a `kill -9`, and a move to another machine, until the TTL ends',
  },
  'state.honest': {
    since: 'issue-4',
    sentence:
      'what could not be carried over is named, with its reason, in a survival report; nothing is lost in silence',
  },
  'state.ttl': {
    since: 'issue-4',
    sentence:
      'a sandbox lives until its TTL ends, at most 14 days by default, counted from its last execution; then it and every byte of it are gone',
  },
  'store.sealed': {
    since: 'issue-4',
    sentence:
      "what is kept is encrypted and authenticated with a key of the sandbox's own, wrapped by the customer's key; forged, swapped, truncated or older records are refused (an older copy of the whole directory is detected against a pinned audit head); deleting destroys the key",
  },
  'store.never-unpickled': {
    since: 'issue-4',
    sentence:
      'no byte that a sandbox wrote is ever unpickled, evaluated or imported outside a jail',
  },
  'files.limit': {
    since: 'issue-2',
    sentence:
      'the files of one request may be 104,857,600 bytes together, code included: one byte more is refused before anything runs. The files of one response likewise: the execution stands, all its files are listed and stay in the workspace, those beyond the limit carry `omitted: true` and are read by stream; nothing is lost',
  },
  'list.filter': {
    since: 'issue-2',
    sentence:
      'sandboxes are listed by state, language, owner and labels, in pages, stably; the store evaluates the filter, never a loop over all',
  },
  'owner.bound': {
    since: 'issue-2',
    sentence:
      "a sandbox, its snapshots and its journal belong to an owner; `engine.as(owner)` sees no other's",
  },
} as const satisfies Record<string, PromiseEntry>;

export type PromiseId = keyof typeof promises;

export const manifest: Readonly<Record<PromiseId, PromiseEntry>> = promises;

export function isPromiseId(id: string): id is PromiseId {
  return Object.hasOwn(promises, id);
}

export function reachedPromises(): PromiseId[] {
  return Object.keys(manifest)
    .filter(isPromiseId)
    .filter((id) => manifest[id].pending === undefined);
}
