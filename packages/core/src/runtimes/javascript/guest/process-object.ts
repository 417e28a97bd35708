/** `process` for the code: what scripts ask it for. */
import type { Stream } from './bridge.js';
import type { Clock } from './clock.js';
import { WORKSPACE } from './fs.js';

/** Raised by `process.exit()`: the execution ends, the sandbox and its memory stay. */
export class Exit extends Error {
  constructor(code: unknown) {
    super(`process.exit(${code === undefined ? '' : String(code)}) ended the execution.`);
    this.name = 'Exit';
  }
}

/** What the host is, as the code may know it. */
export interface Machine {
  arch: string;
  platform: string;
  version: string;
  v8: string;
}

interface Parts {
  machine: Machine;
  clock: Clock;
  print(stream: Stream, text: string): void;
  decode(data: Uint8Array): string;
  queueMicrotask(callback: () => void): void;
}

export function createProcess(parts: Parts): object {
  const { machine, clock } = parts;
  const stream = (name: Stream) => ({
    isTTY: false,
    write: (data: unknown) => {
      parts.print(name, data instanceof Uint8Array ? parts.decode(data) : String(data));
      return true;
    },
  });
  const hrtime = (since?: readonly [number, number]): [number, number] => {
    const ms = clock.performanceNow();
    const whole = [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)] as [number, number];
    if (!since) return whole;
    const [seconds, nanoseconds] = [whole[0] - since[0], whole[1] - since[1]];
    return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds];
  };
  return {
    arch: machine.arch,
    argv: ['node'],
    cwd: () => WORKSPACE,
    env: {},
    exit: (code?: unknown) => {
      throw new Exit(code);
    },
    hrtime: Object.assign(hrtime, {
      bigint: () => BigInt(Math.round(clock.performanceNow() * 1e6)),
    }),
    nextTick: (callback: (...given: unknown[]) => void, ...given: unknown[]) =>
      parts.queueMicrotask(() => callback(...given)),
    pid: 1,
    platform: machine.platform,
    stderr: stream('stderr'),
    stdout: stream('stdout'),
    uptime: () => clock.performanceNow() / 1_000,
    version: machine.version,
    versions: { node: machine.version.slice(1), v8: machine.v8 },
  };
}
