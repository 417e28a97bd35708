export { createMemoryStore } from './drivers/memory.js';
export { createSqliteStore, type SqliteStoreOptions } from './drivers/sqlite.js';
export { StoreError, type StoreErrorCode, type StoreErrorOptions } from './errors.js';
export { createLeaseOwner, isOwnerGone } from './lease-owner.js';
export type {
  BeginResult,
  BlobStore,
  ExecutionFinish,
  ExecutionKind,
  ExecutionRecord,
  ExecutionStart,
  ExecutionSummary,
  FileRecord,
  FinalStatus,
  JournalStore,
  Lease,
  LeaseOwner,
  LeaseRequest,
  LeaseResult,
  LeaseStore,
  ListSandboxesQuery,
  OpaqueJson,
  SandboxLanguage,
  SandboxPage,
  SandboxPatch,
  SandboxRecord,
  SandboxState,
  SandboxStore,
  Store,
  StoreCapabilities,
  StoreStatistics,
} from './store.js';
