/**
 * In a jail: a keeper is at the other end of descriptor 3. Frames of a kind, a length and JSON, as
 * `belljar_runtime/keeper/session_channel.py` has them; what is printed goes into its pipes.
 */
import { readSync } from 'node:fs';
import { type HostChannel, leave, type Order, patiently, writeFully } from './host-channel.js';
import type { Stream } from './output.js';

const DESCRIPTOR = 3;
/** Not 2, where V8's last words go: they have addresses and paths, and are nobody's output. */
const OUTPUTS: Record<Stream, number> = { stdout: 1, stderr: 5 };
const HEADER_BYTES = 5;
/** The keeper ends a session that sends more at once. */
const MOST_BYTES = 32 * 1024 * 1024;

const EXECUTE = 'X';
const VARIABLES = 'V';
const RESTORE = 'S';
const ACKNOWLEDGED = 'A';
const DISPLAY = 'D';
const READY = 'P';
const DONE = 'R';

interface Execute {
  code: string;
  number: number;
  clock?: number;
  trace?: string;
}

/**
 * Orders are waited for in place: nothing else is to be done meanwhile, and to wait in the event loop
 * takes longer. The loop has a turn before each, for what V8 put off.
 */
export class KeeperChannel implements HostChannel {
  #answerKind = DONE;

  ready(): void {
    this.#send(READY, '{}');
  }

  async receive(): Promise<Order> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { kind, payload } = receiveFrame();
    const message: Record<string, unknown> = JSON.parse(payload.toString());
    this.#answerKind = kind === VARIABLES ? VARIABLES : DONE;
    if (kind === EXECUTE) {
      const { code, number, clock, trace } = message as unknown as Execute;
      return { t: 'execute', code, number, clockMs: clock, trace, room: undefined };
    }
    if (kind === RESTORE) return { t: 'restore', seed: message.seed as string | undefined };
    return kind === VARIABLES ? { t: 'variables' } : leave();
  }

  print(stream: Stream, text: string): void {
    writeFully(OUTPUTS[stream], Buffer.from(text));
  }

  /** Waits until the keeper has taken note of it: what is printed next comes after it. */
  display(bundle: object): void {
    this.#send(DISPLAY, JSON.stringify(bundle));
    if (receiveFrame().kind !== ACKNOWLEDGED) leave();
  }

  answer(content: object): void {
    this.#send(this.#answerKind, JSON.stringify(content));
  }

  #send(kind: string, json: string): void {
    const payload = Buffer.from(json);
    if (payload.length > MOST_BYTES) leave();
    const head = Buffer.allocUnsafe(HEADER_BYTES);
    head.write(kind, 0, 'latin1');
    head.writeUInt32LE(payload.length, 1);
    writeFully(DESCRIPTOR, Buffer.concat([head, payload]));
  }
}

const buffer = Buffer.allocUnsafeSlow(65_536);

/** The turns are strict: nothing may follow an order before its answer. */
function receiveFrame(): { kind: string; payload: Buffer } {
  let filled = 0;
  while (filled < HEADER_BYTES) filled += readSome(buffer, filled);
  const length = HEADER_BYTES + buffer.readUInt32LE(1);
  const frame = length <= buffer.length ? buffer : Buffer.allocUnsafe(length);
  if (frame !== buffer) buffer.copy(frame, 0, 0, filled);
  while (filled < length) filled += readSome(frame, filled);
  if (filled > length) leave();
  return { kind: frame.toString('latin1', 0, 1), payload: frame.subarray(HEADER_BYTES, length) };
}

/** A keeper that has gone ends this process. */
function readSome(into: Buffer, at: number): number {
  const bytes = patiently(() => readSync(DESCRIPTOR, into, at, into.length - at, null));
  return bytes === 0 ? leave() : bytes;
}
