/**
 * The outside of an exported sandbox: who wrapped its key, then encrypted frames of 1 MiB. A frame's
 * nonce is its number and whether it is the last one, and all are bound to the head.
 */
import { createSecretKey, randomUUID } from 'node:crypto';
import type { KeyProvider } from '../contract/keys.js';
import { StoreError } from '../errors.js';
import { decrypt, encrypt, NONCE_BYTES, TAG_BYTES } from '../sealing/gcm.js';
import { KEY_BYTES, newKey } from '../sealing/key-parts.js';
import { type ByteReader, notExported } from './byte-reader.js';

const MAGIC = Buffer.from('belljar sandbox 1\n');
const FRAME_BYTES = 1_048_576;
const MAX_HEAD_BYTES = 65_536;

interface Head {
  id: string;
  provider: string;
  /** Base64. */
  wrapped: string;
}

const contextOf = (id: string): string => `belljar export ${id}`;

/** From plain bytes, in pieces of any size. */
export async function* writeFrames(
  provider: KeyProvider,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const [id, key] = [randomUUID(), newKey()];
  const wrapped = await provider.wrap(key, contextOf(id));
  const head: Head = {
    id,
    provider: provider.id,
    wrapped: Buffer.from(wrapped).toString('base64'),
  };
  const bound = Buffer.from(JSON.stringify(head));
  // Comes with the first frame: nothing is given out when there is nothing to export.
  let before = Buffer.concat([MAGIC, uint32(bound.length), bound]);
  const secret = createSecretKey(key);
  let index = 0;
  const frame = async (plain: Uint8Array, isLast: boolean): Promise<Buffer> => {
    const bytes = await encrypt(secret, nonceOf(index, isLast), plain, bound);
    index += 1;
    const parts = [before, uint32(bytes.length), Buffer.from([isLast ? 1 : 0]), bytes];
    before = Buffer.alloc(0);
    return Buffer.concat(parts);
  };
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + FRAME_BYTES - size);
      offset += part.length;
      size += part.length;
      waiting.push(part);
      if (size < FRAME_BYTES) continue;
      yield await frame(Buffer.concat(waiting), false);
      [waiting, size] = [[], 0];
    }
  }
  yield await frame(Buffer.concat(waiting), true);
}

/** The plain bytes again, each only when it is known to be right. */
export async function* readFrames(
  provider: KeyProvider,
  reader: ByteReader,
): AsyncGenerator<Uint8Array> {
  const magic = await reader.exactly(MAGIC.length);
  if (!magic.equals(MAGIC)) throw notExported('it does not begin as one');
  const bound = await reader.exactly(lengthUpTo(await reader.exactly(4), MAX_HEAD_BYTES));
  const secret = createSecretKey(await unwrap(provider, bound));
  for (let index = 0; ; index += 1) {
    const length = lengthUpTo(await reader.exactly(4), FRAME_BYTES + TAG_BYTES);
    const isLast = (await reader.exactly(1))[0] === 1;
    const bytes = await reader.exactly(length);
    const plain = await decrypt(secret, nonceOf(index, isLast), bytes, bound);
    if (!plain) throw notExported(`its part ${index + 1} was changed`);
    if (plain.length > 0) yield plain;
    if (isLast) break;
  }
  if (!(await reader.isAtEnd())) throw notExported('there is more after its end');
}

async function unwrap(provider: KeyProvider, bound: Buffer): Promise<Uint8Array> {
  const head = parseHead(bound);
  let key: Uint8Array;
  try {
    key = await provider.unwrap(Buffer.from(head.wrapped, 'base64'), contextOf(head.id));
  } catch (cause) {
    if (StoreError.isInstance(cause)) throw cause;
    throw refused(provider, head, (cause as Error)?.message ?? String(cause), cause);
  }
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return key;
  throw refused(provider, head, `it gave no key of ${KEY_BYTES} bytes`);
}

function refused(provider: KeyProvider, head: Head, reason: string, cause?: unknown): StoreError {
  return new StoreError('KEY_REFUSED', `The key provider '${provider.id}' refused: ${reason}.`, {
    details: { provider: provider.id, wrappedBy: head.provider, reason },
    cause,
  });
}

function parseHead(bytes: Buffer): Head {
  try {
    const head = JSON.parse(bytes.toString()) as Head;
    const { id, provider, wrapped } = head;
    if ([id, provider, wrapped].every((one) => typeof one === 'string')) return head;
  } catch {}
  throw notExported('its head was changed');
}

function lengthUpTo(bytes: Buffer, most: number): number {
  const length = bytes.readUInt32BE();
  if (length > most) throw notExported('a length in it was changed');
  return length;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce[0] = isLast ? 1 : 0;
  nonce.writeUInt32BE(index, 8);
  return nonce;
}
