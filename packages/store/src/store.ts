/**
 * The contract of every store. A driver is a function `createXStore(options): Store`.
 *
 * Rules that hold for each method:
 * - Values are copied on the way in and on the way out: no caller can change what is stored. The
 *   one exception is the content given to `putBlob` and `putBlobs`.
 * - A write is atomic, over processes too where `capabilities.durable` is true, and is committed
 *   when its promise resolves.
 * - Reading what is not there gives `undefined` or an empty list. Writing to a sandbox that is not
 *   there, or whose state is `deleting`, is refused with `NOT_FOUND`.
 * - A bad argument is refused with `INVALID_ARGUMENT` and changes nothing; after `close()` every
 *   call is refused with `STORE_CLOSED`.
 * - Times are epoch milliseconds, whole and not negative. The store has no clock of its own: what
 *   depends on the time takes `now`.
 */

import type { AuditLog } from './contract/audit.js';
import type { BlobStore } from './contract/blobs.js';
import type { CheckpointStore } from './contract/checkpoints.js';
import type { JournalStore } from './contract/journal.js';
import type { KeyStore } from './contract/keys.js';
import type { LeaseStore } from './contract/leases.js';
import type { SandboxStore } from './contract/sandboxes.js';
import type { TransferStore } from './contract/transfer.js';

export type {
  AuditDeed,
  AuditEntry,
  AuditHead,
  AuditLog,
  AuditVerdict,
} from './contract/audit.js';
export type { BlobStore } from './contract/blobs.js';
export type {
  CheckpointRecord,
  CheckpointStore,
  CheckpointSummary,
} from './contract/checkpoints.js';
export type {
  BeginResult,
  ExecutionFinish,
  ExecutionKind,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  FileRecord,
  FinalStatus,
  InputRecord,
  JournalStore,
} from './contract/journal.js';
export type { KeyProvider, KeyStore } from './contract/keys.js';
export type {
  Lease,
  LeaseOwner,
  LeaseRequest,
  LeaseResult,
  LeaseStore,
} from './contract/leases.js';
export type {
  ListSandboxesQuery,
  OpaqueJson,
  SandboxKind,
  SandboxLanguage,
  SandboxPage,
  SandboxPatch,
  SandboxRecord,
  SandboxState,
  SandboxStore,
} from './contract/sandboxes.js';
export type { TransferStore } from './contract/transfer.js';

export interface StoreCapabilities {
  /** What is stored outlives the process. */
  durable: boolean;
}

/** What the store keeps now. All zero once every sandbox is deleted. */
export interface StoreStatistics {
  sandboxes: number;
  executions: number;
  checkpoints: number;
  blobs: number;
  /** Content that several sandboxes hold counts once. */
  blobBytes: number;
}

export interface Store
  extends SandboxStore,
    JournalStore,
    CheckpointStore,
    LeaseStore,
    BlobStore,
    KeyStore,
    TransferStore,
    AsyncDisposable {
  readonly audit: AuditLog;
  /** Declared by the driver, also readable after `close()`. */
  readonly capabilities: Readonly<StoreCapabilities>;
  statistics(): Promise<StoreStatistics>;
  /** Idempotent. */
  close(): Promise<void>;
}
