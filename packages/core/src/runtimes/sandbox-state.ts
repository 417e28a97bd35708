/** A sandbox's memory and workspace at one point, as a runtime gives and takes them. */

/** One piece of content: kept as a blob, named by its SHA-256 in lower-case hex. */
export interface StatePiece {
  sha256: string;
  sizeBytes: number;
}

/** One stream of the memory: segment 0 says what there is, the others are its large buffers. */
export interface StateSegment {
  sizeBytes: number;
  /** The code's own object over it could not be written to. */
  readonly: boolean;
  pieces: StatePiece[];
}

export interface WorkspaceEntry {
  /** POSIX path in the workspace, as the keeper writes it. */
  name: string;
  type: 'file' | 'directory' | 'symlink' | 'fifo';
  /** Permission bits. */
  mode: number;
  modifyMs: number;
  sizeBytes: number;
  /** Of a file, in order; empty for an empty one. */
  pieces: StatePiece[];
  /** Of a symbolic link. */
  target?: string | undefined;
}

/** A variable, or a part of one, that could not be carried. */
export interface LostValue {
  name: string;
  /** The type's name, with its module unless it is built in. */
  type: string;
  reason: string;
}

export interface SandboxState {
  /** What must be the same where it is restored, such as `cpython-3.11`; see `Runtime.environment`. */
  environment: string;
  /** Number of the last execution: names of later ones go on from there. */
  executionNumber: number;
  /** Undefined when the memory could not be carried at all; `lost` says why. */
  memory: StateSegment[] | undefined;
  workspace: WorkspaceEntry[];
  lost: LostValue[];
}

/** Where a checkpoint's content goes. */
export interface StateSink {
  /** Hashes of pieces that need not be sent again. */
  readonly known: ReadonlySet<string>;
  /** Of files nothing need be kept that was sent for a checkpoint before: all are to be sent again. */
  readonly isAnew: boolean;
  /**
   * Keeps a copy of a piece and resolves to its SHA-256: its memory is used again then. A promise that is
   * not resolved holds back the sandbox.
   */
  put(content: Uint8Array): Promise<string>;
}

export interface StateSource {
  /** The content of a piece, until `done`. */
  get(piece: StatePiece): Promise<Uint8Array>;
  /** Once for each `get`, when what it gave is not looked at any more: its memory may be used again. */
  done(piece: StatePiece): void;
}

/** A checkpoint that is being taken. */
export interface Capture {
  /** The sandbox may go on: what comes later is not in the checkpoint. */
  captured: Promise<void>;
  /** Rejects when it could not be taken; the sandbox is as it was. */
  done: Promise<SandboxState>;
}

export interface RestoreOptions {
  /** New streams for `random`, numpy's global generator and the like. False: as they were. */
  reseed: boolean;
  /** The seed with which the sandbox first began, where there is no memory to restore. */
  seed?: string | undefined;
}
