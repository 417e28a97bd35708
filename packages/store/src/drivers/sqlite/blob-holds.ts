/** That a sandbox holds content: the content's key and file, sealed under the sandbox's key. */
import { ContentCipher } from '../../sealing/content-cipher.js';
import { KEY_BYTES } from '../../sealing/key-parts.js';
import type { Connection, Row } from './connection.js';
import type { OpenSandbox } from './open-sandbox.js';

export interface HeldBlob {
  cipher: ContentCipher;
  file: string;
  sizeBytes: number;
}

const SELECT = `SELECT holds.tag, holds.text, holds.blob, file, size_bytes FROM holds
  JOIN blobs ON blobs.blob = holds.blob WHERE holds.sandbox = ? AND holds.digest = ?`;

const binding = (sandboxId: string, sha256: string) => ['blob', sha256, sandboxId] as const;

function rowOf(connection: Connection, sandbox: OpenSandbox, sha256: string): Row | undefined {
  return connection.get(SELECT, sandbox.row, sandbox.keys.digest('content', sha256));
}

/** Undefined when the sandbox does not hold it. */
export function heldBlob(
  connection: Connection,
  sandbox: OpenSandbox,
  sha256: string,
): HeldBlob | undefined {
  const row = rowOf(connection, sandbox, sha256);
  if (!row) return undefined;
  const cipher = new ContentCipher(keyOf(sandbox, sha256, row));
  const file = row.file as string;
  if (cipher.fileName(sha256) !== file) throw sandbox.corrupt(`the place of blob ${sha256}`);
  return { cipher, file, sizeBytes: row.size_bytes as number };
}

function keyOf(sandbox: OpenSandbox, sha256: string, row: Row): Buffer {
  const sealed = { tag: row.tag as Uint8Array, sealed: row.text as Uint8Array };
  const plain = sandbox.keys.unseal(binding(sandbox.id, sha256), sealed);
  const size = BigInt(row.size_bytes as number);
  if (plain?.length === KEY_BYTES + 8 && plain.readBigUInt64BE(KEY_BYTES) === size) {
    return plain.subarray(0, KEY_BYTES);
  }
  throw sandbox.corrupt(`the key of blob ${sha256}`);
}

export function insertHold(
  connection: Connection,
  sandbox: OpenSandbox,
  sha256: string,
  blob: { number: number; key: Uint8Array; sizeBytes: number },
): void {
  const plain = Buffer.alloc(KEY_BYTES + 8);
  plain.set(blob.key);
  plain.writeBigUInt64BE(BigInt(blob.sizeBytes), KEY_BYTES);
  const { tag, sealed } = sandbox.keys.seal(binding(sandbox.id, sha256), plain);
  connection.run(
    'INSERT INTO holds (sandbox, digest, blob, tag, text) VALUES (?, ?, ?, ?, ?)',
    sandbox.row,
    sandbox.keys.digest('content', sha256),
    blob.number,
    tag,
    sealed,
  );
}

/** The copy holds the same files; their keys are sealed again, under the copy's key. */
export function copyHolds(
  connection: Connection,
  source: OpenSandbox,
  copy: OpenSandbox,
  hashes: readonly string[],
): void {
  for (const sha256 of hashes) {
    const row = rowOf(connection, source, sha256);
    if (!row) throw source.corrupt(`the key of blob ${sha256}`);
    const [number, sizeBytes] = [row.blob as number, row.size_bytes as number];
    insertHold(connection, copy, sha256, { number, key: keyOf(source, sha256, row), sizeBytes });
  }
}
