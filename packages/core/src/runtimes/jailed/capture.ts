/** A checkpoint as it comes from a keeper: the memory's segments, the workspace, what is lost. */
import { shownName } from '../file-names.js';
import type { PayloadSink } from '../frames.js';
import type {
  LostValue,
  SandboxState,
  StatePiece,
  StateSegment,
  StateSink,
  WorkspaceEntry,
} from '../sandbox-state.js';
import { parseLostValue } from '../session-payloads.js';
import { Refusal } from './keeper-link.js';
import type { KeeperMessage, StateMessage, WorkspaceMessage } from './messages.js';

/** Content of a file that is sent for a checkpoint is kept in pieces of so much. */
const FILE_PIECE_BYTES = 4 * 1024 * 1024;
/** What the keeper sends of a memory at most, and from what size on it is worth a room of that size. */
const ROOM_BYTES = 1024 * 1024;
const ROOM_FROM_BYTES = 256 * 1024;

export interface CaptureOptions {
  sink: StateSink;
  /** Pieces of each file that the engine has, by name as the keeper writes it. */
  contents: Map<string, StatePiece[]>;
  /** So many bytes were kept: as many more may come. */
  taken(bytes: number): void;
}

/** A file that the keeper takes for known, and the engine does not know: all must be sent again. */
export class UnknownContent extends Error {}

export class CaptureAssembly {
  readonly captured = Promise.withResolvers<void>();
  readonly #options: CaptureOptions;
  readonly #segments: StateSegment[] = [];
  readonly #entries: WorkspaceEntry[] = [];
  readonly #byName = new Map<string, WorkspaceEntry>();
  readonly #awaited = new Set<string>();
  readonly #lost: LostValue[] = [];
  readonly #work: Promise<unknown>[] = [];
  /** Memory for pieces that is not in use: so many as can be under way. */
  readonly #rooms: Buffer[] = [];
  #unknown: string | undefined;
  #isListed = false;
  /** What the session wrote and cannot be: nothing of its checkpoint is used. */
  #broken: string | undefined;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.captured.promise.catch(() => {});
  }

  message(message: KeeperMessage, payload: Buffer): void {
    if (message.t === 'state') this.#state(message, payload);
    else if (message.t === 'workspace') this.#workspace(message);
    else if (message.t === 'captured') this.#captured();
    else throw new Error(`'${message.t}' out of turn`);
  }

  #state(message: StateMessage, payload: Buffer): void {
    switch (message.kind) {
      case 'S':
        this.#segments.push({ sizeBytes: 0, readonly: payload[0] === 1, pieces: [] });
        break;
      case 'D':
        this.#piece(this.#keep(payload), payload.length);
        break;
      case 'K': {
        const { sha256, sizeBytes } = message;
        if (!this.#options.sink.known.has(sha256)) this.#broken = 'a piece that nobody has';
        this.#piece(Promise.resolve(sha256), sizeBytes);
        break;
      }
      case 'L':
        this.#lost.push(parseLostValue(payload));
        break;
      case 'command':
        this.#lost.push({
          name: `process ${message.pid}`,
          type: 'process',
          reason: 'a command that was started by spawn() ends with the processes of its sandbox',
        });
    }
  }

  piece(sizeBytes: number): PayloadSink | undefined {
    if (sizeBytes < ROOM_FROM_BYTES || sizeBytes > ROOM_BYTES) return undefined;
    const room = this.#rooms.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES);
    let filled = 0;
    return {
      copies: true,
      chunk: (data) => {
        filled += data.copy(room, filled);
      },
      end: () => {
        const kept = this.#keep(room.subarray(0, sizeBytes));
        const free = (): void => void this.#rooms.push(room);
        kept.then(free, free);
        this.#piece(kept, sizeBytes);
      },
    };
  }

  #piece(kept: Promise<string>, sizeBytes: number): void {
    const segment = this.#segments.at(-1);
    if (!segment) {
      this.#broken = 'a piece of no segment';
      return;
    }
    segment.sizeBytes += sizeBytes;
    this.#place(segment.pieces, kept, sizeBytes);
  }

  /** Keeps its place in the list while its hash is found. */
  #place(pieces: StatePiece[], kept: Promise<string>, sizeBytes: number): void {
    const piece: StatePiece = { sha256: '', sizeBytes };
    pieces.push(piece);
    const placed = kept.then((sha256) => {
      piece.sha256 = sha256;
    });
    placed.catch(() => {}); // it may fail before all has come, and is asked for then
    this.#work.push(placed);
  }

  #keep(content: Buffer): Promise<string> {
    const kept = this.#options.sink.put(content);
    const taken = (): void => this.#options.taken(content.length);
    kept.then(taken, taken);
    return kept;
  }

  #workspace({ entries }: WorkspaceMessage): void {
    for (const { same, ...entry } of entries) {
      const known = same ? this.#options.contents.get(entry.name) : undefined;
      if (same && !known?.every(({ sha256 }) => sha256 !== '')) this.#unknown = entry.name;
      const kept: WorkspaceEntry = { ...entry, pieces: known ?? [] };
      if (entry.type === 'file' && !same) this.#awaited.add(entry.name);
      this.#entries.push(kept);
      this.#byName.set(entry.name, kept);
    }
  }

  /** The listing is whole. What executions change from now on is known by what they say of it. */
  #captured(): void {
    const { contents } = this.#options;
    for (const name of contents.keys()) if (!this.#byName.has(name)) contents.delete(name);
    this.#isListed = true;
    this.captured.resolve();
  }

  /** Content of a file that was not seen before. Its pieces are known from here on, in their turn. */
  file(name: string, sizeBytes: number): PayloadSink {
    const entry = this.#byName.get(name);
    if (!entry || !this.#awaited.delete(name)) throw new Error('a file that is not awaited');
    entry.sizeBytes = sizeBytes;
    this.#options.contents.set(name, entry.pieces);
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    const put = (): void => {
      if (waitingBytes === 0) return;
      const content = Buffer.concat(waiting);
      this.#place(entry.pieces, this.#options.sink.put(content), content.length);
      [waiting, waitingBytes] = [[], 0];
    };
    return {
      copies: true,
      chunk: (data) => {
        for (let rest = data; rest.length > 0; ) {
          const part = rest.subarray(0, FILE_PIECE_BYTES - waitingBytes);
          waiting.push(Buffer.from(part));
          waitingBytes += part.length;
          rest = rest.subarray(part.length);
          if (waitingBytes === FILE_PIECE_BYTES) put();
        }
      },
      end: put,
    };
  }

  /** When all has come: resolves when all is kept. */
  async whole(environment: string, executionNumber: number): Promise<SandboxState> {
    await Promise.all(this.#work);
    if (!this.#isListed) throw new Refusal('its files were not listed', null);
    if (this.#segments.length === 0) this.#broken = 'no memory';
    if (this.#broken !== undefined) throw new Refusal(`it had ${this.#broken}`, null);
    if (this.#unknown !== undefined) throw new UnknownContent(this.#unknown);
    for (const name of this.#awaited) {
      const reason =
        'it cannot be read: the code took away the right to, or it has more than 4 GiB';
      this.#lost.push({ name: shownName(name), type: 'file', reason });
    }
    const workspace = this.#entries.filter(({ name }) => !this.#awaited.has(name));
    return {
      environment,
      executionNumber,
      memory: this.#segments,
      workspace,
      lost: this.#lost,
    };
  }

  fail(error: unknown): void {
    this.captured.reject(error);
    // What was being kept has nobody who waits for it.
    for (const one of this.#work) one.catch(() => {});
  }
}
