/** A sandbox as one stream of bytes, from one store to another. */
import type { SandboxRecord } from './sandboxes.js';

export interface TransferStore {
  /**
   * The sandbox as one sealed stream: its record, the entries of its journal that ended and are not
   * undone, its newest checkpoint and their content. Its key is wrapped by the key provider. Memory
   * does not grow with the sandbox. The stream errors with `NOT_FOUND` when the sandbox is not there,
   * or something of it goes meanwhile: whoever exports it holds its lease.
   */
  exportSandbox(id: string): ReadableStream<Uint8Array>;
  /**
   * Adds the sandbox of such a stream, with the record that `change` makes of its own: another id,
   * owner, times. Resolves to that record. Refused as a whole, with nothing of it left, when a byte
   * is wrong, missing or too much (`STORE_CORRUPT`), the key provider does not open it
   * (`KEY_REFUSED`), or the id or key is taken (`ALREADY_EXISTS`).
   */
  importSandbox(
    stream: ReadableStream<Uint8Array>,
    change: (record: SandboxRecord) => SandboxRecord,
  ): Promise<SandboxRecord>;
}
