/** The process of one session, and the engine's end of the channel to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { BelljarError } from '../../errors.js';
import { encodeHead, FrameDecoder } from '../frames.js';
import { HOST_ENVIRONMENT, type HostProgram, PROGRAM } from './host-program.js';
import { HEADER_BYTES, parseSessionMessage, type SessionMessage } from './messages.js';

const STDERR_KEPT_CHARACTERS = 8_192;
const START_TIMEOUT_MS = 30_000;

export interface Ending {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Why the engine ended it; undefined when it went by itself. */
  because: string | undefined;
}

export type Hear = (message: SessionMessage, payload: Buffer) => void;

function nodeArguments({ flags, files }: HostProgram, workspace: string): string[] {
  const { node: _, ...read } = files;
  const readable = Object.values(read);
  for (const path of [...readable, workspace]) {
    if (!/[*,]/.test(path)) continue;
    throw new BelljarError('RUNTIME_UNAVAILABLE', `Node reads a pattern in the path '${path}'.`, {
      suggestion: "Have no '*' and no ',' in TMPDIR and in the folder of node_modules.",
    });
  }
  return [
    ...flags,
    '--permission',
    '--allow-addons',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-read=${workspace}`,
    `--allow-fs-write=${workspace}`,
    '--allow-fs-write=/dev/null',
    ...PROGRAM.flatMap((name) => files[name] ?? []),
  ];
}

export class SessionChild {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ending>;
  #ending: Ending | undefined;
  #because: string | undefined;
  /** What was said before it was ready. */
  #complaint = '';
  /** Hears what the session says. What it says when nobody listens breaks the protocol. */
  hear: Hear | undefined;

  /** `workspace` is a real path: Node compares it with those that the kernel tells. */
  constructor(program: HostProgram, workspace: string, memoryBytes: number, seed: string) {
    this.#child = spawn(program.files.node, nodeArguments(program, workspace), {
      cwd: workspace,
      env: {
        ...HOST_ENVIRONMENT,
        BELLJAR_CHANNEL: 'engine',
        BELLJAR_MEMORY_BYTES: String(memoryBytes),
        BELLJAR_SEED: seed,
      },
      // Nothing that the code prints comes by 1 or 2; 2 says why it does not start.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-STDERR_KEPT_CHARACTERS);
    });
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    const end = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      this.#ending ??= { exitCode, signal, because: this.#because };
      resolve(this.#ending);
    };
    this.#child.on('error', (error) => {
      this.#because ??= error.message;
      end(null, null);
    });
    this.#child.on('close', end);
    this.#listen();
  }

  #listen(): void {
    const [orders, answers] = [this.#stream(3), this.#stream(4)];
    const decoder = new FrameDecoder(
      {
        header: () => undefined,
        frame: (header, payload) => {
          const message = parseSessionMessage(header);
          if (!this.hear) throw new Error(`'${message.t}' out of turn`);
          this.hear(message, payload);
        },
      },
      HEADER_BYTES,
    );
    answers?.on('data', (data: Buffer) => {
      if (this.#because !== undefined) return;
      try {
        decoder.push(data);
      } catch {
        this.kill('it did not keep to its protocol');
      }
    });
    for (const stream of [orders, answers]) stream?.on('error', () => {}); // heard from the process
  }

  /** Node makes none where the machine has no more descriptors. */
  #stream(descriptor: number): Duplex | undefined {
    return (this.#child.stdio as unknown as Duplex[] | undefined)?.[descriptor];
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when the session can take an order. */
  async ready(): Promise<void> {
    const said = Promise.withResolvers<void>();
    this.hear = ({ t }) => {
      if (t === 'ready') said.resolve();
      else throw new Error(`'${t}' out of turn`);
    };
    const late = setTimeout(() => this.kill('it was not ready in time'), START_TIMEOUT_MS);
    try {
      const ended = await Promise.race([said.promise, this.ended]);
      if (!ended) return;
      const why = ended.because ?? `exit code ${ended.exitCode}, signal ${ended.signal}`;
      const message = `No JavaScript process could start: ${why}.`;
      throw new BelljarError('RUNTIME_UNAVAILABLE', message, {
        details: { stderr: this.#complaint },
        suggestion: 'It is started with the program that runs the engine: Node 24 or newer.',
      });
    } finally {
      clearTimeout(late);
      this.hear = undefined;
    }
  }

  send(header: object, payload: Uint8Array = new Uint8Array()): void {
    const orders = this.#stream(3);
    if (!orders?.writable) return;
    orders.write(Buffer.concat([encodeHead(header, payload.byteLength), payload]));
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#ending) this.#child.kill(name);
  }

  kill(because: string): void {
    this.#because ??= because;
    this.signal('SIGKILL');
  }

  async end(): Promise<void> {
    this.kill('it was ended');
    if (!this.#ending && this.#child.pid === undefined) await once(this.#child, 'error');
    await this.ended;
  }
}
