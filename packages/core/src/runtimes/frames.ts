/**
 * Frames from and to a runtime's processes (`belljar_runtime/frames.py` on the Python side): two
 * lengths, a JSON header, bytes.
 *
 * Boundary: payloads are a sandbox's bytes, and so are headers where no keeper stands between. A
 * length is checked against its cap before a byte of it is kept; each runtime's `messages.ts` checks
 * its headers.
 */

import { giveBack } from '../give-back.js';

const LENGTHS_BYTES = 8;
const HEADER_CAP_BYTES = 8 * 1024 * 1024;
/** What one frame may hold that is not streamed: a display of a session, with some room. */
const PAYLOAD_CAP_BYTES = 33 * 1024 * 1024;

/** Takes a payload piece by piece, instead of having it kept whole. */
export interface PayloadSink {
  chunk(data: Buffer): void;
  /** It keeps nothing of what it was given: that memory is given back at once. */
  readonly copies?: true;
  end(): void;
}

export interface FrameHandler {
  /** Says whether a payload is streamed, before any of it is kept. */
  header(header: unknown, payloadBytes: number): PayloadSink | undefined;
  /** A whole frame. Not called for a streamed one. */
  frame(header: unknown, payload: Buffer): void;
}

interface Header {
  value: unknown;
  payloadBytes: number;
  sink: PayloadSink | undefined;
}

/** Puts lengths and header in front of a payload, which is sent after it without a copy. */
export function encodeHead(header: object, payloadBytes: number): Buffer {
  const text = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(text);
  const head = Buffer.allocUnsafe(LENGTHS_BYTES + headerBytes);
  head.writeUInt32LE(headerBytes, 0);
  head.writeUInt32LE(payloadBytes, 4);
  head.write(text, LENGTHS_BYTES);
  return head;
}

/** Turns received bytes into frames. Throws on a frame over its cap. */
export class FrameDecoder {
  readonly #handler: FrameHandler;
  readonly #headerCapBytes: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #header: Header | undefined;
  #sink: PayloadSink | undefined;
  #sinkLeft = 0;

  /** `headerCapBytes`: small where hostile code writes the headers, which are parsed unseen. */
  constructor(handler: FrameHandler, headerCapBytes: number = HEADER_CAP_BYTES) {
    this.#handler = handler;
    this.#headerCapBytes = headerCapBytes;
  }

  push(data: Buffer): void {
    let rest = data;
    while (rest.length > 0) {
      if (this.#sink) {
        rest = this.#feedSink(this.#sink, rest);
        continue;
      }
      this.#waiting.push(rest);
      this.#waitingBytes += rest.length;
      rest = Buffer.alloc(0);
      const left = this.#takeFrames();
      if (left) rest = left;
    }
  }

  #feedSink(sink: PayloadSink, data: Buffer): Buffer {
    const taken = data.subarray(0, this.#sinkLeft);
    const rest = data.subarray(taken.length);
    this.#sinkLeft -= taken.length;
    sink.chunk(taken);
    if (sink.copies && taken.length === data.length) giveBack(data);
    if (this.#sinkLeft === 0) {
      this.#sink = undefined;
      sink.end();
    }
    return rest;
  }

  /** Hands on whole frames. Returns what is left when a streamed payload begins. */
  #takeFrames(): Buffer | undefined {
    for (;;) {
      if (!this.#header && !this.#takeHeader()) return undefined;
      const { value, payloadBytes, sink } = this.#header as Header;
      if (sink) {
        this.#header = undefined;
        const rest = this.#take(this.#waitingBytes);
        if (payloadBytes === 0) sink.end();
        else [this.#sink, this.#sinkLeft] = [sink, payloadBytes];
        return rest;
      }
      if (payloadBytes > PAYLOAD_CAP_BYTES) throw new Error(`a payload of ${payloadBytes} bytes`);
      if (this.#waitingBytes < payloadBytes) return undefined;
      this.#header = undefined;
      this.#handler.frame(value, this.#take(payloadBytes));
    }
  }

  #takeHeader(): boolean {
    if (this.#waitingBytes < LENGTHS_BYTES) return false;
    this.#join();
    const head = this.#waiting[0] as Buffer;
    const headerBytes = head.readUInt32LE(0);
    if (headerBytes > this.#headerCapBytes) throw new Error(`a header of ${headerBytes} bytes`);
    if (this.#waitingBytes < LENGTHS_BYTES + headerBytes) return false;
    const payloadBytes = head.readUInt32LE(4);
    const text = this.#take(LENGTHS_BYTES + headerBytes).toString('utf8', LENGTHS_BYTES);
    const value: unknown = JSON.parse(text);
    this.#header = { value, payloadBytes, sink: this.#handler.header(value, payloadBytes) };
    return true;
  }

  #join(): void {
    if (this.#waiting.length > 1) this.#waiting = [Buffer.concat(this.#waiting)];
  }

  #take(bytes: number): Buffer {
    this.#join();
    const all = this.#waiting[0] ?? Buffer.alloc(0);
    const rest = all.subarray(bytes);
    this.#waiting = rest.length > 0 ? [rest] : [];
    this.#waitingBytes = rest.length;
    return all.subarray(0, bytes);
  }
}
