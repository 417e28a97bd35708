/** Content of files that go in, as bytes, within the limit of one request. */
import { BelljarError } from '../errors.js';
import type { FileContent, InputFile } from '../execution.js';
import { FILES_LIMIT_BYTES } from '../limits.js';
import { checkName } from './workspace-names.js';

export interface NamedContent {
  name: string;
  content: Uint8Array;
}

function tooLarge(totalBytes: number): BelljarError {
  return new BelljarError(
    'FILES_LIMIT',
    `The files of one request may be ${FILES_LIMIT_BYTES} bytes together, code included.`,
    {
      suggestion: 'Send them in several requests with files.write().',
      details: { totalBytes, limitBytes: FILES_LIMIT_BYTES },
    },
  );
}

function unreadable(name: string, reason: string): BelljarError {
  return new BelljarError('INVALID_ARGUMENT', `The content of '${name}' ${reason}.`);
}

/** Ends early when the signal is aborted: the execution is then cancelled before it begins. */
async function readStream(
  name: string,
  stream: ReadableStream<Uint8Array>,
  leftBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (stream.locked) throw unreadable(name, 'is a stream that has a reader already');
  const reader = stream.getReader();
  const stop = (reason?: unknown): void => void reader.cancel(reason).catch(() => {});
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      if (!(value instanceof Uint8Array)) {
        throw unreadable(name, 'is a stream of other things than bytes');
      }
      size += value.byteLength;
      if (size > leftBytes) throw tooLarge(FILES_LIMIT_BYTES - leftBytes + size);
      chunks.push(value);
    }
  } catch (error) {
    stop(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function toBytes(
  name: string,
  content: FileContent,
  leftBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (typeof content === 'string') return Buffer.from(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof Blob) {
    if (content.size > leftBytes) throw tooLarge(FILES_LIMIT_BYTES - leftBytes + content.size);
    return new Uint8Array(await content.arrayBuffer());
  }
  if (content instanceof ReadableStream) return readStream(name, content, leftBytes, signal);
  throw unreadable(name, 'is not a string, bytes, a Blob or a stream');
}

/** Checks names, reads all content, and refuses one byte too many before anything runs. */
export async function readInputFiles(
  files: readonly InputFile[],
  codeBytes: number,
  signal?: AbortSignal,
): Promise<NamedContent[]> {
  const read: NamedContent[] = [];
  const names = new Set<string>();
  let total = codeBytes;
  for (const file of files) {
    const name = checkName(file?.name);
    if (names.has(name)) {
      throw new BelljarError('INVALID_ARGUMENT', `Two files of the request are named '${name}'.`);
    }
    names.add(name);
    const content = await toBytes(name, file.content, FILES_LIMIT_BYTES - total, signal);
    total += content.byteLength;
    if (total > FILES_LIMIT_BYTES) throw tooLarge(total);
    read.push({ name, content });
  }
  return read;
}
