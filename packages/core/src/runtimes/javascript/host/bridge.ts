/**
 * The bridge between isolate and host: the only file that imports isolated-vm, and the only one in
 * which the two touch.
 *
 * Invariants. Into the isolate go strings, numbers and copies of bytes, and one function of the
 * host, which the guest keeps in a closure. That function raises nothing, since an exception of the
 * host would carry the host's stack. Nothing of isolated-vm's own (no `Reference`, `Callback`,
 * `ExternalCopy`, `Isolate`, `Context`, `Module`) is ever given to the isolate. What comes out is
 * hostile: its type and its size are looked at here, its meaning by whoever gets it.
 */
import type IsolatedVm from 'isolated-vm';
import type { Guest, Settings } from '../guest/main.js';

/** What the guest's operations get from it: as it comes, of these types. */
export type Crossing = string | number | ArrayBuffer | undefined;
export type Operation = (first: Crossing, second: Crossing, third: Crossing) => Crossing;

/** Why the isolate is gone. */
export type Ending = 'out-of-memory' | 'disposed';

/** An exception that nothing of the code caught, in words of the code's own choice. */
export class GuestError extends Error {
  readonly said: { name: string; message: string; stack: string };

  constructor(said: { name: string; message: string; stack: string }) {
    super('The guest raised an exception.');
    this.said = said;
  }
}

/** The isolate ended while, or before, it was called. */
export class IsolateEnded extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(`The isolate is gone: ${ending}.`);
    this.ending = ending;
  }
}

export interface BridgeOptions {
  /** Script of the guest. */
  program: string;
  settings: Settings;
  memoryBytes: number;
  operations: Record<string, Operation>;
  /** V8 cannot go on: its thread is lost, and the process is to end. Not called with `inPlace`. */
  onCatastrophe(message: string): void;
  /** Calls run in this thread. */
  inPlace: boolean;
}

const MEBIBYTE = 1_048_576;
const LEAST_MEBIBYTES = 8;
const TEXT_CHARACTERS = 10_000;
/** A copy of fewer bytes is quicker made. */
const HANDED_OVER_BYTES = 65_536;
/** How isolated-vm says that it disposed of an isolate by itself. */
const FULL = /memory limit/i;

function crossing(value: unknown): Crossing {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value instanceof ArrayBuffer ? value : undefined;
}

const textOf = (value: unknown, otherwise: string): string =>
  typeof value === 'string' ? value.slice(0, TEXT_CHARACTERS) : otherwise;

/** A copy that isolated-vm made of what was raised. */
function saidBy(raised: unknown): GuestError['said'] {
  if (!(raised instanceof Error)) {
    const message = typeof raised === 'object' ? 'a value that has no text' : String(raised);
    return { name: 'Thrown', message: textOf(message, ''), stack: '' };
  }
  const { name, message, stack } = raised;
  return { name: textOf(name, 'Error'), message: textOf(message, ''), stack: textOf(stack, '') };
}

type Calls = Record<keyof Guest, IsolatedVm.Reference>;

export class Bridge {
  readonly #isolate: IsolatedVm.Isolate;
  readonly #calls: Calls;
  readonly #inPlace: boolean;
  #isFull = false;

  private constructor(isolate: IsolatedVm.Isolate, calls: Calls, inPlace: boolean) {
    this.#isolate = isolate;
    this.#calls = calls;
    this.#inPlace = inPlace;
  }

  static async open(options: BridgeOptions): Promise<Bridge> {
    // Loaded when it is needed: who has no isolates may have no isolated-vm.
    const { default: ivm } = await import('isolated-vm');
    const memoryLimit = Math.max(LEAST_MEBIBYTES, Math.floor(options.memoryBytes / MEBIBYTE));
    const { onCatastrophe: onCatastrophicError, inPlace } = options;
    // In this thread it would never be heard of, and the thread hang: there V8 aborts the process.
    const isolate = new ivm.Isolate(
      inPlace ? { memoryLimit } : { memoryLimit, onCatastrophicError },
    );
    const context = await isolate.createContext();
    const call = new ivm.Callback(
      (name: unknown, first: unknown, second: unknown, third: unknown): unknown => {
        const operation = typeof name === 'string' ? operations.get(name) : undefined;
        try {
          const answer = operation?.(crossing(first), crossing(second), crossing(third));
          const isLong = answer instanceof ArrayBuffer && answer.byteLength > HANDED_OVER_BYTES;
          return isLong ? handedOver(answer) : answer;
        } catch {
          return undefined;
        }
      },
    );
    const operations = new Map(Object.entries(options.operations));
    // The bytes themselves, which the host then has no more.
    const handedOver = (bytes: ArrayBuffer): unknown =>
      new ivm.ExternalCopy(bytes, { transferOut: true }).copyInto({
        release: true,
        transferIn: true,
      });
    const guest: IsolatedVm.Reference = await context.evalClosure(
      `${options.program}\nreturn guest.boot($0, $1);`,
      [call, JSON.stringify(options.settings)],
      { filename: 'belljar:guest', result: { reference: true } },
    );
    const names: (keyof Guest)[] = ['execute', 'wake', 'proceed', 'uncaught', 'variables'];
    const references = await Promise.all(names.map((name) => guest.get(name, { reference: true })));
    const calls = Object.fromEntries(names.map((name, index) => [name, references[index]]));
    return new Bridge(isolate, calls as Calls, inPlace);
  }

  get disposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /**
   * Calls the guest, on a thread of the isolate's own or in this one, until all that it led to has
   * run. Raises `GuestError` or `IsolateEnded`. A call that does not end is ended by `dispose`, where
   * this thread is free for it, or after `timeoutMs` when it is given.
   */
  async call(name: keyof Guest, given: Crossing[] = [], timeoutMs?: number): Promise<Crossing> {
    try {
      const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
      const call = this.#calls[name];
      // Two changes of threads take 70 µs and more, most of what a short execution takes.
      if (this.#inPlace) return crossing(call.applySync(undefined, given, options));
      return crossing(await call.apply(undefined, given, options));
    } catch (raised) {
      if (!this.#isolate.isDisposed) throw new GuestError(saidBy(raised));
      const message = raised instanceof Error ? raised.message : '';
      this.#isFull ||= FULL.test(message);
      throw new IsolateEnded(this.#isFull ? 'out-of-memory' : 'disposed');
    }
  }

  /** Ends it at once, whatever it does. */
  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }
}
