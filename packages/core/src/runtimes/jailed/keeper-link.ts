/** The engine's end of the channel to one keeper: orders and their answers, runs, commands. */
import type { Socket } from 'node:net';
import { encodeHead, FrameDecoder, type PayloadSink } from '../frames.js';
import { type Answer, type Done, type KeeperMessage, parseKeeperMessage } from './messages.js';

const JOINED_BYTES = 65_536;

export interface Answered {
  message: Answer;
  payload: Buffer;
}

/** Hears what comes while something runs. */
export interface RunListener {
  message(message: KeeperMessage, payload: Buffer): void;
  /** Says where the content of a changed file goes. */
  file(message: KeeperMessage & { t: 'file' }, payloadBytes: number): PayloadSink;
}

/** Hears what a spawned command says. */
export interface CommandListener {
  message(message: KeeperMessage, payload: Buffer): void;
}

/** Hears a checkpoint that is being taken. */
export interface CaptureListener {
  message(message: KeeperMessage, payload: Buffer): void;
  /** Says where the content of a file goes. */
  file(name: string, sizeBytes: number): PayloadSink;
  /** The same for a piece of memory; undefined for one that comes as a message. */
  piece(sizeBytes: number): PayloadSink | undefined;
}

/** Takes a file that is read; a promise holds back what follows. */
export type ChunkTaker = (data: Uint8Array) => void | Promise<void>;

interface Waiting {
  resolve(answered: Answered): void;
  reject(error: unknown): void;
  take?: ChunkTaker | undefined;
}

/** The keeper could not do what it was told: a fact about the workspace, not a failure. */
export class Refusal extends Error {
  readonly errno: number | null;

  constructor(message: string, errno: number | null) {
    super(message);
    this.errno = errno;
  }
}

export class ChannelClosed extends Error {}

export class KeeperLink {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #commands = new Map<number, CommandListener>();
  readonly #captures = new Map<number, CaptureListener>();
  #run: { number: number; listener: RunListener; resolve(d: [Done, Buffer]): void } | undefined;
  #rejectRun: ((error: unknown) => void) | undefined;
  #last = 0;
  #closedBecause: string | undefined;
  readonly #closed = Promise.withResolvers<string>();
  #onFirst: ((message: KeeperMessage) => void) | undefined;
  /** Told when the session ended while nothing ran. */
  onSessionLost: (() => void) | undefined;

  constructor(socket: Socket, onFirst: (message: KeeperMessage) => void) {
    this.#socket = socket;
    this.#onFirst = onFirst;
    const decoder = new FrameDecoder({
      header: (header, bytes) => this.#sink(parseKeeperMessage(header), bytes),
      frame: (header, payload) => this.#hear(parseKeeperMessage(header), payload),
    });
    socket.on('data', (data: Buffer) => {
      try {
        decoder.push(data);
      } catch (error) {
        this.close(`it broke its protocol: ${String(error)}`);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => this.close('its process ended'));
  }

  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  close(reason: string): void {
    if (this.#closedBecause !== undefined) return;
    this.#closedBecause = reason;
    this.#socket.destroy();
    const error = new ChannelClosed(reason);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#rejectRun?.(error);
    for (const [n, command] of this.#commands) {
      command.message({ t: 'spawn-end', n, exitCode: null, signal: 9 }, Buffer.alloc(0));
    }
    this.#closed.resolve(reason);
  }

  nextNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  send(header: object, payload?: Uint8Array): void {
    const bytes = payload?.byteLength ?? 0;
    const head = encodeHead(header, bytes);
    // One system call for what is small; what is large is not copied.
    if (payload && bytes <= JOINED_BYTES) this.#socket.write(Buffer.concat([head, payload]));
    else {
      this.#socket.write(head);
      if (payload) this.#socket.write(payload);
    }
  }

  /** Sends an order and resolves to its answer; rejects with `Refusal` or `ChannelClosed`. */
  order(
    header: object,
    payload?: Uint8Array,
    take?: ChunkTaker,
    n: number = this.nextNumber(),
  ): Promise<Answered> {
    if (this.#closedBecause !== undefined) {
      return Promise.reject(new ChannelClosed(this.#closedBecause));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject, take });
      this.send({ ...header, n }, payload);
    });
  }

  /**
   * Sends an order with content that comes piece by piece: the next is asked for when one is sent. Nothing
   * else may be sent meanwhile.
   */
  async stream(
    header: object,
    sizeBytes: number,
    content: AsyncIterable<Uint8Array>,
  ): Promise<Answered> {
    if (this.#closedBecause !== undefined) throw new ChannelClosed(this.#closedBecause);
    const n = this.nextNumber();
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    promise.catch(() => {});
    this.#waiting.set(n, { resolve, reject });
    this.#socket.write(encodeHead({ ...header, n }, sizeBytes));
    try {
      for await (const piece of content) {
        if (this.#closedBecause !== undefined) break;
        await this.#written(piece);
      }
    } catch (error) {
      // Half a payload was announced and cannot be taken back.
      this.close('its content could not be read');
      throw error;
    }
    return promise;
  }

  /** Resolves when nothing looks at the bytes any more. */
  #written(piece: Uint8Array): Promise<unknown> {
    return Promise.race([
      new Promise((resolve) => this.#socket.write(piece, resolve)),
      this.#closed.promise,
    ]);
  }

  /** Begins a checkpoint; resolves when all of it has come. */
  async capture(header: object, listener: CaptureListener, n: number): Promise<void> {
    this.#captures.set(n, listener);
    try {
      await this.order(header, undefined, undefined, n);
    } finally {
      this.#captures.delete(n);
    }
  }

  /** Runs code or a command. `number` is `nextNumber()`. */
  run(
    header: { t: string; n: number },
    payload: Uint8Array,
    listener: RunListener,
  ): Promise<[Done, Buffer]> {
    if (this.#closedBecause !== undefined) {
      return Promise.reject(new ChannelClosed(this.#closedBecause));
    }
    return new Promise((resolve, reject) => {
      this.#run = { number: header.n, listener, resolve };
      this.#rejectRun = reject;
      this.send(header, payload);
    });
  }

  listenToCommand(n: number, listener: CommandListener | undefined): void {
    if (listener) this.#commands.set(n, listener);
    else this.#commands.delete(n);
  }

  #sink(message: KeeperMessage, payloadBytes: number): PayloadSink | undefined {
    if (message.t === 'file' && this.#run?.number === message.n) {
      return this.#run.listener.file(message, payloadBytes);
    }
    if (message.t === 'workspace-file') {
      return this.#captures.get(message.n)?.file(message.name, payloadBytes);
    }
    if (message.t === 'state' && message.kind === 'D') {
      return this.#captures.get(message.n)?.piece(payloadBytes);
    }
    if (message.t !== 'content') return undefined;
    const waiting = this.#waiting.get(message.n);
    return {
      chunk: (data) => {
        const held = waiting?.take?.(data);
        if (held === undefined) return;
        this.#socket.pause();
        void held.then(() => this.#socket.resume());
      },
      end: () => this.#answer({ t: 'answer', n: message.n }, Buffer.alloc(0)),
    };
  }

  #hear(message: KeeperMessage, payload: Buffer): void {
    if (this.#onFirst) {
      const first = this.#onFirst;
      this.#onFirst = undefined;
      first(message);
      return;
    }
    switch (message.t) {
      case 'answer':
        this.#answer(message, payload);
        break;
      case 'refused':
        this.#refuse(message.n, new Refusal(message.message, message.errno));
        break;
      case 'done':
        this.#finishRun(message, payload);
        break;
      case 'spawn-output':
      case 'spawn-end':
      case 'taken':
        this.#commands.get(message.n)?.message(message, payload);
        break;
      case 'state':
      case 'workspace':
      case 'captured':
        this.#captures.get(message.n)?.message(message, payload);
        break;
      case 'state-end':
        this.#answer({ t: 'answer', n: message.n }, payload);
        break;
      case 'session-lost':
        this.onSessionLost?.();
        break;
      default:
        this.#run?.listener.message(message, payload);
    }
  }

  #answer(message: Answer, payload: Buffer): void {
    const waiting = this.#waiting.get(message.n);
    this.#waiting.delete(message.n);
    waiting?.resolve({ message, payload });
  }

  #refuse(n: number, error: Refusal): void {
    if (this.#run?.number === n) {
      this.#run = undefined;
      this.#rejectRun?.(error);
      return;
    }
    this.#waiting.get(n)?.reject(error);
    this.#waiting.delete(n);
  }

  #finishRun(message: Done, payload: Buffer): void {
    const run = this.#run;
    if (run?.number !== message.n) return;
    this.#run = undefined;
    this.#rejectRun = undefined;
    run.resolve([message, payload]);
  }
}
