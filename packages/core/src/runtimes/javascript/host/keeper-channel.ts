/**
 * In a jail: a keeper is at the other end of descriptor 3. Frames of a kind, a length and JSON, as
 * `belljar_runtime/keeper/session_channel.py` has them; what is printed goes into its pipes.
 */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
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

interface Frame {
  kind: string;
  message: Record<string, unknown>;
}

export class KeeperChannel implements HostChannel {
  readonly #socket = new Socket({ fd: DESCRIPTOR, readable: true, writable: false });
  #received: Buffer = Buffer.alloc(0);
  #awaiting: ((frame: Frame) => void) | undefined;
  #answerKind = DONE;

  constructor() {
    this.#socket.on('data', (data: Buffer) => this.#hear(data));
    this.#socket.on('error', leave);
    this.#socket.on('close', leave); // the keeper has gone
  }

  ready(): void {
    this.#send(READY, '{}');
  }

  async receive(): Promise<Order> {
    const { kind, message } = await new Promise<Frame>((resolve) => {
      this.#awaiting = resolve;
    });
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
    const answer = Buffer.alloc(HEADER_BYTES);
    readFully(answer);
    readFully(Buffer.alloc(answer.readUInt32LE(1)));
    if (answer.toString('latin1', 0, 1) !== ACKNOWLEDGED) leave();
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

  #hear(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const received = this.#received;
    if (received.length < HEADER_BYTES) return;
    const length = HEADER_BYTES + received.readUInt32LE(1);
    if (received.length < length) return;
    // The turns are strict: nothing may follow an order before its answer.
    if (received.length > length || !this.#awaiting) leave();
    this.#received = Buffer.alloc(0);
    const resolve = this.#awaiting;
    this.#awaiting = undefined;
    const kind = received.toString('latin1', 0, 1);
    resolve({ kind, message: JSON.parse(received.toString('utf8', HEADER_BYTES)) });
  }
}

function readFully(into: Buffer): void {
  let filled = 0;
  while (filled < into.length) {
    const at = filled;
    const bytes = patiently(() => readSync(DESCRIPTOR, into, at, into.length - at, null));
    if (bytes === 0) leave();
    filled += bytes;
  }
}
