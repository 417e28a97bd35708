/** Bytes and files that the workspace may still take; the engine looks again after each run. */
import { FileError } from './file-error.js';

/** What the engine found free. Undefined where the kernel counts. */
export interface Room {
  bytes: number;
  files: number;
}

export class Quota {
  #room: Room | undefined;

  set(room: Room | undefined): void {
    this.#room = room && { ...room };
  }

  take(bytes: number): void {
    if (!this.#room) return;
    if (bytes > this.#room.bytes) throw new FileError('ENOSPC');
    this.#room.bytes -= bytes;
  }

  addFile(): void {
    if (!this.#room) return;
    if (this.#room.files < 1) throw new FileError('ENOSPC');
    this.#room.files -= 1;
  }
}
