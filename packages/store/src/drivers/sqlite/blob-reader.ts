/** Content from its file: nothing is given on that was not authenticated. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  fileSize,
  frameCount,
  framePlace,
  MOST_FRAME_BYTES,
} from '../../sealing/content-cipher.js';
import type { HeldBlob } from './blob-holds.js';
import { corrupt } from './sqlite-errors.js';

const PIECE_BYTES = 65_536;
/** Encrypted frames are read into memory that was used before: fresh memory costs as much as decryption. */
const rooms: Buffer[] = [];
const MOST_ROOMS = 16;

/** The whole content. Throws `STORE_CORRUPT` when the file is not what was written. */
export async function readContent(path: string, blob: HeldBlob): Promise<Uint8Array> {
  const frames = frameCount(blob.sizeBytes);
  if (frames === 1) return readOneFrame(path, blob);
  await using file = await openWhole(path, blob);
  const content = new Uint8Array(blob.sizeBytes);
  let offset = 0;
  for (let index = 0; index < frames; index += 1) {
    const plain = await readFrame(file, path, blob, index);
    content.set(plain, offset);
    offset += plain.length;
  }
  return content;
}

/** Errors with `STORE_CORRUPT` at a frame that is not what was written. */
export async function streamContent(
  path: string,
  blob: HeldBlob,
): Promise<ReadableStream<Uint8Array>> {
  const file = await openWhole(path, blob);
  const frames = frameCount(blob.sizeBytes);
  let index = 0;
  let left = new Uint8Array();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        if (left.length === 0 && index < frames) {
          left = asPlain(await readFrame(file, path, blob, index));
          index += 1;
        }
        if (left.length > 0) {
          controller.enqueue(left.slice(0, PIECE_BYTES));
          left = left.subarray(PIECE_BYTES);
        }
        if (left.length > 0 || index < frames) return;
        await file.close();
        controller.close();
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    cancel: () => file.close(),
  });
}

async function openWhole(path: string, { sizeBytes }: HeldBlob): Promise<FileHandle> {
  const file = await open(path);
  const { size } = await file.stat();
  if (size === fileSize(sizeBytes)) return file;
  await file.close();
  throw damaged(path);
}

async function readFrame(
  file: FileHandle,
  path: string,
  { cipher, sizeBytes }: HeldBlob,
  index: number,
): Promise<Buffer> {
  const { offset, length } = framePlace(index, sizeBytes);
  const room = takeRoom();
  try {
    const bytes = room.subarray(0, length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    const plain = bytesRead === length ? cipher.decryptHere(bytes, index, sizeBytes) : undefined;
    if (plain) return plain;
    throw damaged(path);
  } finally {
    giveRoom(room);
  }
}

/**
 * Most pieces of a sandbox's memory. Read at once: four calls that other threads make for this one take
 * longer than a file of 1 MiB does that the kernel has in memory.
 */
function readOneFrame(path: string, { cipher, sizeBytes }: HeldBlob): Uint8Array {
  const file = openSync(path, 'r');
  const room = takeRoom();
  try {
    const length = fileSize(sizeBytes);
    // One byte more would show that the file is longer.
    const bytesRead = readSync(file, room, 0, length + 1, 0);
    const bytes = room.subarray(0, length);
    const plain = bytesRead === length ? cipher.decryptHere(bytes, 0, sizeBytes) : undefined;
    if (plain) return asPlain(plain);
    throw damaged(path);
  } finally {
    closeSync(file);
    giveRoom(room);
  }
}

const takeRoom = (): Buffer => rooms.pop() ?? Buffer.allocUnsafeSlow(MOST_FRAME_BYTES + 1);

function giveRoom(room: Buffer): void {
  if (rooms.length < MOST_ROOMS) rooms.push(room);
}

const damaged = (path: string) => corrupt(path, 'its content is not what was stored');

const asPlain = ({ buffer, byteOffset, length }: Buffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
