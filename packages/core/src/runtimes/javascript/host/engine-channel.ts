/**
 * At level `process`, without a keeper: the engine itself is at the other end. Orders come in on one
 * descriptor, frames go out on another (`runtimes/frames.ts`), what is printed among them.
 */
import { Socket } from 'node:net';
import { encodeHead, FrameDecoder } from '../../frames.js';
import { type HostChannel, leave, type Order, writeFully } from './host-channel.js';
import { Output, type Stream } from './output.js';

const IN = 3;
const OUT = 4;
const JOINED_BYTES = 65_536;

/** What the engine orders. It checked it; the code cannot write here. */
interface Header {
  t: 'execute' | 'variables' | 'restore';
  n: number;
  number: number;
  outputBytes: number;
  displays: number;
  roomBytes: number;
  roomFiles: number;
  clock?: number;
  trace?: string;
  seed?: string;
}

function send(header: object, payload?: Uint8Array): void {
  const head = encodeHead(header, payload?.byteLength ?? 0);
  if (payload && payload.byteLength <= JOINED_BYTES) {
    writeFully(OUT, Buffer.concat([head, payload]));
    return;
  }
  writeFully(OUT, head);
  if (payload) writeFully(OUT, payload);
}

export class EngineChannel implements HostChannel {
  #awaiting: ((order: Order) => void) | undefined;
  #order: Header | undefined;
  #output: Output | undefined;
  #displaysLeft = 0;
  #droppedDisplays = 0;

  constructor() {
    const decoder = new FrameDecoder({
      header: () => undefined,
      frame: (header, payload) => this.#hear(header as Header, payload),
    });
    const socket = new Socket({ fd: IN, readable: true, writable: false });
    socket.on('data', (data: Buffer) => decoder.push(data));
    socket.on('error', leave);
    socket.on('close', leave); // the engine has gone
  }

  ready(): void {
    send({ t: 'ready' });
  }

  receive(): Promise<Order> {
    return new Promise((resolve) => {
      this.#awaiting = resolve;
    });
  }

  #hear(header: Header, payload: Buffer): void {
    const resolve = this.#awaiting ?? leave();
    this.#awaiting = undefined;
    this.#order = header;
    if (header.t !== 'execute') {
      resolve({ t: header.t, seed: header.seed });
      return;
    }
    this.#output = new Output(send, header.n, header.outputBytes);
    this.#displaysLeft = header.displays;
    this.#droppedDisplays = 0;
    resolve({
      t: 'execute',
      code: payload.toString(),
      number: header.number,
      clockMs: header.clock,
      trace: header.trace,
      room: { bytes: header.roomBytes, files: header.roomFiles },
    });
  }

  print(stream: Stream, text: string): void {
    this.#output?.add(stream, text);
  }

  display(bundle: object): void {
    this.#displaysLeft -= 1;
    if (this.#displaysLeft < 0) this.#droppedDisplays += 1;
    else this.#output?.display(Buffer.from(JSON.stringify(bundle)));
  }

  answer(content: object): void {
    const { t, n } = this.#order ?? leave();
    const payload = Buffer.from(JSON.stringify(content));
    this.#order = undefined;
    if (t !== 'execute') {
      send({ t, n }, payload);
      return;
    }
    this.#output?.finish();
    const droppedBytes = this.#output?.droppedBytes ?? 0;
    send({ t: 'done', n, droppedBytes, droppedDisplays: this.#droppedDisplays }, payload);
  }
}
