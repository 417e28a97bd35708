/** `process` for the code: what scripts ask it for, and none of Node's own. */
import { WORKSPACE } from './workspace-fs.js';

/** Raised by `process.exit()`: the execution ends, the sandbox and its memory stay. */
export class Exit extends Error {
  constructor(code: unknown) {
    super(`process.exit(${code === undefined ? '' : String(code)}) ended the execution.`);
    this.name = 'Exit';
  }
}

type Write = (text: string) => void;

/** Taken before Node's `process` is hidden. */
const { abort, arch, hrtime, nextTick, platform, uptime, version } = process;
const { node, v8 } = process.versions;

export function processObject(stdout: Write, stderr: Write): Record<string, unknown> {
  const stream = (write: Write) => ({
    isTTY: false,
    write: (data: unknown) => {
      write(data instanceof Uint8Array ? new TextDecoder().decode(data) : String(data));
      return true;
    },
  });
  return {
    abort: () => abort(),
    arch,
    argv: ['node'],
    cwd: () => WORKSPACE,
    env: {},
    exit: (code?: unknown) => {
      throw new Exit(code);
    },
    hrtime: Object.assign((since?: [number, number]) => hrtime(since), {
      bigint: () => hrtime.bigint(),
    }),
    nextTick: (callback: () => void, ...given: never[]) => nextTick(callback, ...given),
    pid: 1,
    platform,
    stderr: stream(stderr),
    stdout: stream(stdout),
    uptime: () => uptime(),
    version,
    versions: { node, v8 },
  };
}
