/**
 * The channel to the engine: orders come in on one descriptor, frames go out on another.
 *
 * Frames are written at once and wait for room, so that what was printed is not lost when the code
 * then runs without end. When the engine is gone, so is this process.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { encodeHead, FrameDecoder } from '../../frames.js';

export type Send = (header: object, payload?: Uint8Array) => void;

const IN = 3;
const OUT = 4;
const JOINED_BYTES = 65_536;
const exit = process.exit.bind(process);
const pause = new Int32Array(new SharedArrayBuffer(4));

function writeAll(data: Uint8Array): void {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(OUT, data, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') exit(1);
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

export const send: Send = (header, payload) => {
  const head = encodeHead(header, payload?.byteLength ?? 0);
  if (payload && payload.byteLength <= JOINED_BYTES) {
    writeAll(Buffer.concat([head, payload]));
    return;
  }
  writeAll(head);
  if (payload) writeAll(payload);
};

export function listen(hear: (header: unknown, payload: Buffer) => void): void {
  const decoder = new FrameDecoder({ header: () => undefined, frame: hear });
  const socket = new Socket({ fd: IN, readable: true, writable: false });
  socket.on('data', (data: Buffer) => decoder.push(data));
  socket.on('error', () => exit(0));
  socket.on('close', () => exit(0));
}
