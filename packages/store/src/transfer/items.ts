/** The inside of an exported sandbox: items, each a head in JSON and bytes. */
import { type ByteReader, notExported } from './byte-reader.js';

const MAX_HEAD_BYTES = 65_536;

export type ItemHead =
  /** Bytes: the record, as JSON. */
  | { type: 'record'; sizeBytes: number }
  | { type: 'blob'; sizeBytes: number; sha256: string }
  /** Bytes: an entry of the journal with its outcome, as JSON. */
  | { type: 'entry'; sizeBytes: number }
  /** Bytes: the manifest. */
  | {
      type: 'checkpoint';
      sizeBytes: number;
      id: string;
      position: number;
      createTime: number;
      blobs: number;
    }
  /** Bytes: hashes of the checkpoint's blobs, as JSON. */
  | { type: 'checkpoint-blobs'; sizeBytes: number }
  | { type: 'end'; sizeBytes: 0; lastPosition: number };

export function headOf(head: ItemHead): Buffer {
  const bytes = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The bytes follow in the reader. */
export async function readHead(reader: ByteReader): Promise<ItemHead> {
  const length = (await reader.exactly(4)).readUInt32BE();
  if (length > MAX_HEAD_BYTES) throw notExported('an item has no head');
  return JSON.parse((await reader.exactly(length)).toString()) as ItemHead;
}
