/** One run of code in a session's process: the engine's clock, its watch, and what came of it. */

import type { SandboxLimits } from '../../limits.js';
import { interpreterEnded } from '../interpreter-ended.js';
import { OutputAssembly } from '../output-assembly.js';
import type { RunOutcome, RunRequest } from '../runtime.js';
import { parseSessionResult } from '../session-payloads.js';
import type { Done, SessionMessage } from './messages.js';
import { cpuMsSince, cpuTime, memoryBytes } from './process-meter.js';
import type { Ending, SessionChild } from './session-child.js';

const WATCH_EVERY_MS = process.platform === 'linux' ? 50 : 500;
/** What a session may send beyond the budget before it counts as hostile. */
const EXCESS_BYTES = 1_048_576;

const NOTHING_USED = { wallMs: 0, cpuMs: 0, peakMemoryBytes: 0 };

type Reason = 'timeout' | 'cancelled' | 'out-of-memory';

/** How the process ended, in words. */
function describeEnd({ exitCode, signal, because }: Ending): string {
  if (because !== undefined) return because;
  return signal === null
    ? `it ended itself with exit code ${exitCode}`
    : `it was ended by ${signal}`;
}

export class JavascriptRun {
  readonly #child: SessionChild;
  readonly #limits: SandboxLimits;
  readonly #request: RunRequest;
  readonly #output: OutputAssembly;
  readonly #number: number;
  readonly #done = Promise.withResolvers<[Done, Buffer]>();
  #reason: Reason | undefined;
  #receivedBytes = 0;
  readonly #received = { gap: 0, display: 0 };
  #peakBytes = 0;
  #timers: NodeJS.Timeout[] = [];

  constructor(child: SessionChild, limits: SandboxLimits, request: RunRequest, number: number) {
    this.#child = child;
    this.#limits = limits;
    this.#request = request;
    this.#number = number;
    this.#output = new OutputAssembly(limits, request);
  }

  /** Files are not looked at here. */
  async perform(room: { bytes: number; files: number }): Promise<RunOutcome> {
    const { timeoutMs, signal, code, startTimeMs, replay } = this.#request;
    if (signal?.aborted) return { ...this.#outcome(NOTHING_USED), status: 'cancelled' };
    const pid = this.#child.pid as number;
    const started = performance.now();
    const cpuBefore = cpuTime(pid);
    const cancel = (): void => this.#interrupt('cancelled');
    signal?.addEventListener('abort', cancel, { once: true });
    this.#timers.push(setTimeout(() => this.#interrupt('timeout'), timeoutMs));
    this.#timers.push(setInterval(() => void this.#watch(pid), WATCH_EVERY_MS));
    this.#child.hear = (message, payload) => this.#hear(message, payload);
    const order = {
      t: 'execute',
      n: this.#number,
      number: this.#number,
      outputBytes: this.#limits.outputBytes,
      displays: this.#limits.displays,
      roomBytes: room.bytes,
      roomFiles: room.files,
      clock: replay?.startTimeMs ?? startTimeMs,
      ...(replay && { trace: replay.trace }),
    };
    this.#child.send(order, Buffer.from(code));
    try {
      const came = await Promise.race([this.#done.promise, this.#child.ended]);
      const wallMs = performance.now() - started;
      const usage = { wallMs, cpuMs: cpuMsSince(cpuBefore, pid) };
      if (Array.isArray(came)) await this.#look(pid);
      const outcome = this.#outcome({ ...usage, peakMemoryBytes: this.#peakBytes });
      return Array.isArray(came) ? this.#answered(outcome, ...came) : this.#ended(outcome, came);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.#child.hear = undefined;
    }
  }

  /** In the middle of an execution the process is of no use any more. */
  #interrupt(reason: Reason): void {
    this.#reason ??= reason;
    this.#child.kill('it was ended in the middle of an execution');
  }

  async #look(pid: number): Promise<number> {
    const bytes = (await memoryBytes(pid)) ?? 0;
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
    return bytes;
  }

  async #watch(pid: number): Promise<void> {
    if ((await this.#look(pid)) <= this.#limits.memoryBytes) return;
    this.#reason = 'out-of-memory';
    this.#child.kill('it used too much memory');
  }

  #hear(message: SessionMessage, payload: Buffer): void {
    const isOfRun = message.t !== 'ready' && message.t !== 'variables' && message.t !== 'restore';
    if (!isOfRun || message.n !== this.#number) throw new Error(`'${message.t}' out of turn`);
    if (message.t === 'done') {
      this.#child.hear = undefined;
      this.#done.resolve([message, payload]);
    } else if (message.t === 'gap') {
      this.#count('gap', 1);
      this.#output.gap(message.bytes);
    } else if (message.t === 'display') {
      this.#count('display', this.#limits.displays);
      this.#output.display(payload);
    } else {
      this.#receivedBytes += payload.length;
      if (this.#receivedBytes > this.#limits.outputBytes + EXCESS_BYTES) {
        throw new Error('more output than was asked for');
      }
      this.#output.text(message.t, payload);
    }
  }

  /** What comes more often than it is asked for comes from a session that is not ours any more. */
  #count(what: 'gap' | 'display', most: number): void {
    this.#received[what] += 1;
    if (this.#received[what] > most) throw new Error(`more '${what}' than was asked for`);
  }

  #outcome(usage: RunOutcome['usage']): RunOutcome {
    this.#output.finish();
    return {
      status: 'ok',
      outputs: this.#output.outputs,
      truncated: this.#output.truncated,
      result: undefined,
      error: undefined,
      limit: undefined,
      files: [],
      usage,
      leftovers: [],
      exitCode: undefined,
      memoryLost: undefined,
    };
  }

  #answered(outcome: RunOutcome, done: Done, payload: Buffer): RunOutcome {
    const said = parseSessionResult(payload);
    if (!said) {
      outcome.status = this.#reason ?? 'crashed';
      const how = 'its answer could not be read';
      this.#child.kill(how);
      outcome.error = interpreterEnded(outcome.status, how, this.#limits);
      outcome.memoryLost = `the interpreter was ended: ${how}`;
      return outcome;
    }
    outcome.status = this.#reason ?? said.status;
    outcome.result = said.result ?? undefined;
    outcome.trace = said.trace;
    outcome.error = said.error ?? undefined;
    if (said.status === 'out-of-memory') {
      outcome.memoryLost = 'the interpreter had no memory left';
      outcome.error = interpreterEnded(said.status, outcome.memoryLost, this.#limits);
      this.#child.kill('it had no memory left');
    }
    outcome.truncated ||=
      said.truncated === true || done.droppedBytes > 0 || done.droppedDisplays > 0;
    return outcome;
  }

  #ended(outcome: RunOutcome, ending: Ending): RunOutcome {
    const how = describeEnd(ending);
    const abortedForMemory = ending.signal === 'SIGABRT';
    outcome.status = this.#reason ?? (abortedForMemory ? 'out-of-memory' : 'crashed');
    outcome.error = interpreterEnded(outcome.status, how, this.#limits);
    outcome.memoryLost = `the interpreter was gone: ${how}`;
    return outcome;
  }
}
