/** Imports a sandbox into any store: nothing of it can be seen before all of it is right. */
import { checkCheckpoint } from '../check-checkpoint.js';
import { checkExecutionFinish, checkExecutionStart } from '../check-execution.js';
import { invalid } from '../check-input.js';
import { checkSandboxRecord } from '../check-sandbox.js';
import type { KeyProvider } from '../contract/keys.js';
import { StoreError } from '../errors.js';
import type { CheckpointRecord, ExecutionRecord, SandboxRecord } from '../store.js';
import { ByteReader, notExported } from './byte-reader.js';
import { readFrames } from './frames.js';
import { type ItemHead, readHead } from './items.js';

const MAX_JSON_BYTES = 512 * 1_048_576;

/** A sandbox on its way into a store. */
export interface Landing {
  putBlob(sha256: string, sizeBytes: number, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  addEntry(entry: ExecutionRecord): Promise<void>;
  /** The sandbox is there from now on. */
  commit(checkpoint: CheckpointRecord | undefined, lastPosition: number): Promise<void>;
  /** Nothing of it is left. */
  abandon(): Promise<void>;
}

export async function importSandbox(
  land: (record: SandboxRecord) => Promise<Landing>,
  provider: KeyProvider,
  stream: ReadableStream<Uint8Array>,
  change: (record: SandboxRecord) => SandboxRecord,
): Promise<SandboxRecord> {
  if (!(stream instanceof ReadableStream)) throw invalid('stream', 'must be a ReadableStream');
  if (typeof change !== 'function') throw invalid('change', 'must be a function');
  const outside = new ByteReader(stream);
  const inside = new ByteReader(readFrames(provider, outside));
  try {
    const first = await readHead(inside);
    if (first.type !== 'record') throw notExported('it has no record');
    const record = checkSandboxRecord(change(checkSandboxRecord(await json(inside, first))));
    const landing = await land(record);
    try {
      await readItems(inside, landing);
    } catch (error) {
      await landing.abandon();
      throw error;
    }
    return record;
  } catch (error) {
    if (error instanceof SyntaxError) throw notExported('it has something else than JSON');
    throw error;
  } finally {
    await outside.close().catch(() => {});
  }
}

async function readItems(reader: ByteReader, landing: Landing): Promise<void> {
  let checkpoint: CheckpointRecord | undefined;
  for (;;) {
    const head = await readHead(reader);
    if (head.type === 'blob') {
      const { sha256, sizeBytes } = head;
      await landing.putBlob(sha256, sizeBytes, reader.through(sizeBytes));
    } else if (head.type === 'entry') {
      await landing.addEntry(checkEntry(await json(reader, head)));
    } else if (head.type === 'checkpoint') {
      const { id, position, createTime, sizeBytes } = head;
      const manifest = await reader.exactly(sizeBytes);
      const list = await readHead(reader);
      if (list.type !== 'checkpoint-blobs') throw notExported('a checkpoint is cut');
      const blobs = await json<string[]>(reader, list);
      checkpoint = checkCheckpoint({ id, position, createTime, manifest, blobs });
    } else if (head.type === 'end') {
      // What follows its end is found by asking for it.
      if (!(await reader.isAtEnd())) throw notExported('there is more after its end');
      return landing.commit(checkpoint, head.lastPosition);
    } else throw notExported('it has an item that is not known');
  }
}

async function json<T>(reader: ByteReader, { sizeBytes }: ItemHead): Promise<T> {
  if (sizeBytes > MAX_JSON_BYTES) throw notExported('an item is too long');
  return JSON.parse((await reader.exactly(sizeBytes)).toString()) as T;
}

function checkEntry(entry: ExecutionRecord): ExecutionRecord {
  const start = checkExecutionStart(entry);
  const { sandbox: _, ...finish } = checkExecutionFinish(entry as never);
  const { position } = entry;
  if (Number.isSafeInteger(position) && position > 0) return { ...start, ...finish, position };
  throw notExported('an entry has no position');
}

/** Refuses content that is not what its hash says. */
export function requireContent(isRight: boolean, sha256: string): void {
  if (isRight) return;
  throw new StoreError('STORE_CORRUPT', `Content that came is not ${sha256}.`, {
    details: { sha256 },
  });
}
