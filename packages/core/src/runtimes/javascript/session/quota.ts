/** Bytes and files that the workspace may still take; the engine looks again after each run. */
import { statSync } from 'node:fs';

function full(what: string): Error {
  const error = new Error(`ENOSPC: no space left in the workspace, ${what}`);
  return Object.assign(error, { code: 'ENOSPC', errno: -28 });
}

/** Undefined where no file is. */
function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function byteLength(data: unknown, options: unknown): number {
  if (ArrayBuffer.isView(data)) return data.byteLength;
  if (typeof data !== 'string') return 0; // refused, or streamed: counted by the engine
  const given = typeof options === 'object' && options !== null ? options : { encoding: options };
  const { encoding } = given as { encoding?: unknown };
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
  return Buffer.byteLength(data, known);
}

export class Quota {
  #bytes = 0;
  #files = 0;

  /** What the engine found free before the run. */
  set(bytes: number, files: number): void {
    this.#bytes = bytes;
    this.#files = files;
  }

  write(path: string, data: unknown, options: unknown, appends: boolean): void {
    const before = sizeOf(path);
    this.#take(byteLength(data, options) - (appends ? 0 : (before ?? 0)));
    if (before === undefined) this.addFile();
  }

  copy(from: string, to: string): void {
    const before = sizeOf(to);
    this.#take((sizeOf(from) ?? 0) - (before ?? 0));
    if (before === undefined) this.addFile();
  }

  addFile(): void {
    if (this.#files < 1) throw full('too many files');
    this.#files -= 1;
  }

  #take(bytes: number): void {
    if (bytes > this.#bytes) throw full('write');
    this.#bytes -= bytes;
  }
}
