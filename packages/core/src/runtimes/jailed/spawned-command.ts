/** A command that runs beside the executions, as streams. */
import type { SpawnedProcess } from '../../sandbox.js';
import type { KeeperLink } from './keeper-link.js';
import type { KeeperMessage } from './messages.js';

interface Pipe {
  stream: ReadableStream<Uint8Array>;
  push(data: Uint8Array): boolean;
  close(): void;
  hasRoom(): boolean;
}

const HIGH_WATER_BYTES = 1024 * 1024;

function pipe(onPull: () => void): Pipe {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let open = true;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given;
      },
      pull: onPull,
      cancel: () => {
        open = false;
        onPull();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  );
  const hasRoom = (): boolean => !open || (controller.desiredSize ?? 0) > 0;
  return {
    stream,
    hasRoom,
    push: (data) => {
      if (open) controller.enqueue(data);
      return hasRoom();
    },
    close: () => {
      if (open) controller.close();
      open = false;
    },
  };
}

/** Starts it; resolves when its process exists. */
export async function spawnCommand(
  link: KeeperLink,
  order: { command: string; folder: string; environment: Record<string, string> },
): Promise<SpawnedProcess> {
  const { promise: ended, resolve: end } = Promise.withResolvers<{
    exitCode: number | null;
    signal: number | null;
  }>();
  const number = link.nextNumber();
  let paused = false;
  const flow = (stop: boolean): void => {
    if (paused === stop) return;
    paused = stop;
    link.send({ t: 'flow', n: number, paused });
  };
  // As with a pipe that nobody empties: a command waits until both have room again.
  const resume = (): void => {
    if (paused && pipes.stdout.hasRoom() && pipes.stderr.hasRoom()) flow(false);
  };
  const pipes = { stdout: pipe(resume), stderr: pipe(resume) };
  let taken: (() => void) | undefined;
  let over = false;
  const hear = (message: KeeperMessage, payload: Buffer): void => {
    if (message.t === 'spawn-output') {
      if (!pipes[message.stream].push(payload)) flow(true);
    } else if (message.t === 'taken') {
      taken?.();
    } else if (message.t === 'spawn-end') {
      link.listenToCommand(number, undefined);
      over = true;
      pipes.stdout.close();
      pipes.stderr.close();
      taken?.();
      end({ exitCode: message.exitCode, signal: message.signal });
    }
  };
  link.listenToCommand(number, { message: hear });
  const answered = await link.order({ t: 'spawn', ...order }, undefined, undefined, number);
  const feed = (data: Uint8Array, last: boolean): Promise<void> =>
    new Promise((resolve) => {
      // What is written to a command that has ended goes nowhere, as what it left unread.
      if (over) return resolve();
      taken = resolve;
      link.send({ t: 'stdin', n: number, end: last }, data);
    });
  return {
    pid: answered.message.pid ?? 0,
    stdin: new WritableStream<Uint8Array>({
      write: (data) => feed(data, false),
      close: () => feed(new Uint8Array(), true),
    }),
    stdout: pipes.stdout.stream,
    stderr: pipes.stderr.stream,
    wait: () => ended,
    kill: async () => {
      link.send({ t: 'kill', n: number });
      await ended;
    },
  };
}
