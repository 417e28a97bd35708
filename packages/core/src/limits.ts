/** All defaults of the engine in one place, each with its unit and its reason. */
import { availableParallelism } from 'node:os';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;

/** What one sandbox may use. Each has a soft enforcer inside the jail and a hard one outside. */
export interface SandboxLimits {
  /** Wall time of one execution. Default 60,000: a model waits no longer for one cell. */
  timeoutMs: number;
  /** Memory of all processes together; files have `workspaceBytes`. Default 1.5 GiB. */
  memoryBytes: number;
  /** CPUs that the sandbox may run on at the same time. Default 2. */
  cpus: number;
  /** Processes and threads at the same time. Default 64: room for a pool, none for a bomb. */
  processes: number;
  /** Bytes of files in the workspace and all else that can be written together. Default 1 GiB. */
  workspaceBytes: number;
  /** Files and folders in them. Default 10,000. */
  workspaceFiles: number;
  /** Open files of one process. Default 1,024: what most systems give. */
  openFiles: number;
  /** Output kept of one execution, stdout and stderr together; head and tail. Default 10 MB. */
  outputBytes: number;
  /** Displays kept of one execution. Default 25. */
  displays: number;
  /** UTF-8 bytes of code in one execution. Default 1 MB. */
  codeBytes: number;
}

/** The limits of a sandbox for which nothing else was asked. */
export const DEFAULT_LIMITS: Readonly<SandboxLimits> = {
  timeoutMs: 60_000,
  memoryBytes: 1.5 * GIB,
  cpus: 2,
  processes: 64,
  workspaceBytes: 1 * GIB,
  workspaceFiles: 10_000,
  openFiles: 1_024,
  outputBytes: 10_000_000,
  displays: 25,
  codeBytes: 1_000_000,
};

/** Files of one request together, code included; and of one response. The cloud's figure. */
export const FILES_LIMIT_BYTES = 104_857_600;

/** A sandbox lives this long after its last execution, at most. The cloud's figure. */
export const MAX_TTL_MS = 14 * DAY_MS;

/**
 * Another engine may take over a sandbox whose engine was not heard of for so long. Renewed three
 * times meanwhile. An engine whose process has ended is not waited for.
 */
export const LEASE_MS = 30_000;

/** A sandbox that is not used for so long leaves memory. Default 15 minutes. */
export const IDLE_TIMEOUT_MS = 15 * 60_000;

/** Share of the machine's memory that sandboxes may hold before the longest idle ones leave it. */
export const MEMORY_BUDGET_SHARE = 0.5;

/**
 * What a sandbox in memory counts at least. Where the kernel shows nobody a process's memory (a sandbox
 * without `/proc`, a short execution), this and the size of its checkpoint are all that is known.
 */
export const LEAST_MEMORY_BYTES = 8 * MIB;

/**
 * An execution without an id of its caller's is in the journal once it has run for so long; a shorter one
 * is written when it has ended, in one commit.
 */
export const JOURNAL_AFTER_MS = 20;

/** A checkpoint begins once the executions since the last took so long: replay costs as much. */
export const CHECKPOINT_AFTER_MS = 250;

/** Or once the sandbox was idle for a moment: longer than a program waits between two calls. */
export const CHECKPOINT_IDLE_MS = 200;

/** Checkpoints that are taken at the same time; each keeps a second copy of what changes meanwhile. */
export const CHECKPOINTS_AT_ONCE = 2;

/** Checkpoints kept of a sandbox: the newest, and exponentially older ones for `rollback()`. */
export const CHECKPOINTS_KEPT = 8;

/** Where they are kept in this process's own memory. */
export const CHECKPOINTS_KEPT_IN_MEMORY = 2;

/** After a checkpoint that failed; twice as long after each further one, up to `CHECKPOINT_RETRY_MOST_MS`. */
export const CHECKPOINT_RETRY_MS = 1_000;
export const CHECKPOINT_RETRY_MOST_MS = 60_000;

/** What `engine.close()` gives to checkpoints; the journal has what they do not. */
export const CLOSE_CHECKPOINTS_MS = 30_000;

/** How often an engine looks whether another one asks for a sandbox that it holds. */
export const LEASE_REQUEST_LOOK_MS = 100;

/** `takeOver` waits so long for a holder that is busy. */
export const TAKE_OVER_WAIT_MS = 5_000;

/** How often an engine looks whether another one deleted a sandbox that it has in memory. */
export const DELETION_LOOK_MS = 2_000;

/** How long the code may take to react to its timeout before its process is ended. */
export const TIMEOUT_GRACE_MS = 1_000;

/** Born, unused sandboxes kept ready for each environment. Each costs about 5 MB. */
export const POOL_SIZE = 4;

/** Born, unused JavaScript sandboxes kept ready. Each costs about 22 MB. */
export const JAVASCRIPT_POOL_SIZE = 2;

/** Executions that may run at the same time in one engine: two a core, since some wait for the disk. */
export const defaultConcurrentExecutions = (): number => 2 * availableParallelism();

/** Executions that may wait for their turn in one engine: beyond that, waiting helps nobody. */
export const MAX_QUEUED_EXECUTIONS = 1_000;

/** Longest name of a file in bytes: what Linux allows for one segment. */
export const NAME_SEGMENT_BYTES = 255;

/** Longest path of a file in the workspace in bytes. */
export const NAME_BYTES = 4_096 - 64;
