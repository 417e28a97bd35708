/** What the isolate host hears and says, whoever is at the other end: a keeper, or the engine itself. */
import { writeSync } from 'node:fs';
import type { Stream } from './output.js';
import type { Room } from './quota.js';

const LOOK_AGAIN_MS = 0.2;

export interface ExecuteOrder {
  t: 'execute';
  code: string;
  /** How many came before it in this sandbox, and one. */
  number: number;
  /** Set when it runs again what is in the journal. */
  clockMs: number | undefined;
  /** What it read of clocks and the like when it first ran. */
  trace: string | undefined;
  room: Room | undefined;
}

export type Order =
  | ExecuteOrder
  | { t: 'variables' }
  /** Of a process in which nothing has run: what its random numbers come from. */
  | { t: 'restore'; seed: string | undefined };

/**
 * The two take strict turns: the host speaks only between an order and its answer. Orders come from
 * trusted code, and nothing of the code in an isolate runs in this thread. What is said waits in place
 * until the other end takes it.
 */
export interface HostChannel {
  /** The process can take orders. */
  ready(): void;
  receive(): Promise<Order>;
  print(stream: Stream, text: string): void;
  display(bundle: object): void;
  answer(content: object): void;
}

/** Ends this process without an exit handler, and without waiting for a thread that hangs. */
export function leave(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Waits in place where the descriptor has nothing, or no room, yet. An end that has gone is ours. */
export function patiently(attempt: () => number): number {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') leave();
      Atomics.wait(clock, 0, 0, LOOK_AGAIN_MS);
    }
  }
}

export function writeFully(descriptor: number, data: Uint8Array): void {
  let written = 0;
  while (written < data.length) {
    written += patiently(() => writeSync(descriptor, data, written));
  }
}
