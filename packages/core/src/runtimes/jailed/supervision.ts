/** What a sandbox's process is given by the runtime that it belongs to. */
import type { WardenAnswer } from './messages.js';

/** What of its language a sandbox needs to know. */
export interface KeptLanguage {
  /** Code that does nothing. */
  nothing: string;
  /** What a checkpoint depends on. */
  environment: string;
  /** Whether it records what code reads of its clock, which the engine sets. */
  recordsClock: boolean;
  /** Whether its memory can be copied. */
  checkpoints: boolean;
  /** Whether there are `shell` and `spawn`. */
  commands: boolean;
  /** Its interpreter aborts when it has no memory, and for no other reason. */
  abortsWithoutMemory: boolean;
}

/** What the runtime does for one of its processes. */
export interface Supervision {
  /** Why it can have no savepoints. */
  savepointObstacle: string | undefined;
  /** Kills the sandbox from outside. */
  end(): void;
  /** `savepoint`: the process id of what stands by in the sandbox; 0 when nothing does. */
  watch(savepoint: number): void;
  /** What the warden saw since `watch`. */
  unwatch(): Promise<WardenAnswer | undefined>;
}
