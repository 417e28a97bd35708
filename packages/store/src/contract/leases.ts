/** Who may run a sandbox. */

/** One engine of one process. */
export interface LeaseOwner {
  /** Of this engine alone. */
  id: string;
  pid: number;
  /** Tells the process from a later one with its pid; empty when not known. */
  processStart: string;
  host: string;
  /** Names what pids are counted in, such as a boot and a PID namespace. */
  machine: string;
}

/** Who may run a sandbox. */
export interface Lease {
  sandboxId: string;
  owner: LeaseOwner;
  /** 1 for the first; each that follows has a greater one. */
  epoch: number;
  expireTime: number;
  /** Given back by its owner: nobody holds the sandbox. */
  released: boolean;
}

export interface LeaseRequest {
  owner: LeaseOwner;
  now: number;
  expireTime: number;
  /**
   * True when this owner's process is known to have ended. Called inside the store's transaction:
   * it must be quick and not call the store.
   */
  isGone(owner: LeaseOwner): boolean;
}

export interface LeaseResult {
  /** The asker's lease, or the one that stands in its way. */
  lease: Lease;
  acquired: boolean;
  /** The lease that this one followed. */
  previous: Lease | undefined;
}

export interface LeaseStore {
  /**
   * Gets the sandbox's lease. An owner that has it keeps its epoch, with the new `expireTime`.
   * Another owner's that was not released stands in the way until it expires by `now` or its owner
   * is gone. With a new epoch, entries that still run become `interrupted` in the same commit.
   */
  acquireLease(sandboxId: string, request: LeaseRequest): Promise<LeaseResult>;
  /** The newest lease, released or not. */
  getLease(sandboxId: string): Promise<Lease | undefined>;
  /** Renews all that the owner holds, and resolves to the ids of their sandboxes. */
  renewLeases(ownerId: string, expireTime: number): Promise<string[]>;
  /** Gives a lease back. Nothing happens when the epoch is not the newest one's. */
  releaseLease(sandboxId: string, epoch: number): Promise<void>;
  /**
   * Asks who holds the sandbox now to let go of it. Nothing happens when nobody does, or the asker
   * itself. A request ends with the lease that it was made to.
   */
  askForLease(sandboxId: string, askerId: string): Promise<void>;
  /** The sandboxes that the owner holds and was asked for. Made to be called often. */
  askedLeases(ownerId: string): Promise<string[]>;
}
