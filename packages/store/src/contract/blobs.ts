/** Content of files and of memory. */

/**
 * Content, addressed by its SHA-256 and held by sandboxes. A sandbox reads only what was put for
 * it, or what came with the checkpoint that it was copied from. Within a sandbox content is kept
 * once, and a copy shares it with its source.
 *
 * Content goes when no execution, input or checkpoint of the sandbox points to it any more.
 *
 * What is not pointed to yet belongs to a draft: the entry or checkpoint that is to point to it, named
 * by its id. It stays until the draft ends, whoever else puts or lets go of the same: by the commit of
 * that entry or checkpoint, by `releaseBlobs`, or with the process that put it.
 */
export interface BlobStore {
  /**
   * Keeps content for a sandbox and resolves to its SHA-256 in lower-case hex. The store computes
   * the hash, so that knowing one opens nothing. It must not change afterwards: a store may keep
   * these very bytes.
   */
  putBlob(sandboxId: string, content: Uint8Array, draft: string): Promise<string>;
  /** The same for many in one commit: all or none. Resolves to their hashes, in order. */
  putBlobs(sandboxId: string, contents: readonly Uint8Array[], draft: string): Promise<string[]>;
  /**
   * Ends a draft that will not be committed: what this store put for it goes, unless something else
   * points to it or it belongs to another draft too. What is still being put stays. Idempotent; nothing
   * happens where there is no such sandbox or draft.
   */
  releaseBlobs(sandboxId: string, draft: string): Promise<void>;
  /** The content, in memory that is the caller's alone. */
  getBlob(sandboxId: string, sha256: string): Promise<Uint8Array | undefined>;
  blobSize(sandboxId: string, sha256: string): Promise<number | undefined>;
  /** The content in pieces of 64 KiB or less. */
  openBlob(sandboxId: string, sha256: string): Promise<ReadableStream<Uint8Array> | undefined>;
}
