/** Content of files and of memory. */

/**
 * Content, addressed by its SHA-256 and held by sandboxes. A sandbox reads only what was put for
 * it, or what came with the checkpoint that it was copied from. Within a sandbox content is kept
 * once, and a copy shares it with its source.
 *
 * Content goes when no execution, input or checkpoint of the sandbox points to it any more. What was
 * put and is not pointed to yet stays as long as the process that put it may still commit that.
 */
export interface BlobStore {
  /**
   * Keeps content for a sandbox and resolves to its SHA-256 in lower-case hex. The store computes
   * the hash, so that knowing one opens nothing. It must not change afterwards: a store may keep
   * these very bytes.
   */
  putBlob(sandboxId: string, content: Uint8Array): Promise<string>;
  /** The same for many in one commit: all or none. Resolves to their hashes, in order. */
  putBlobs(sandboxId: string, contents: readonly Uint8Array[]): Promise<string[]>;
  getBlob(sandboxId: string, sha256: string): Promise<Uint8Array | undefined>;
  blobSize(sandboxId: string, sha256: string): Promise<number | undefined>;
  /** The content in pieces of 64 KiB or less. */
  openBlob(sandboxId: string, sha256: string): Promise<ReadableStream<Uint8Array> | undefined>;
}
