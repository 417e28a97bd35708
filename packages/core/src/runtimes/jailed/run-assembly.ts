/** Turns what the keeper and the session say of one run into its outcome. */
import { constants } from 'node:os';
import { FILES_LIMIT_BYTES, type SandboxLimits } from '../../limits.js';
import { shownName } from '../file-names.js';
import type { PayloadSink } from '../frames.js';
import { interpreterEnded } from '../interpreter-ended.js';
import { OutputAssembly } from '../output-assembly.js';
import type { ChangedFile, RunCallbacks, RunOutcome } from '../runtime.js';
import { parseSessionResult, type SessionResult } from '../session-payloads.js';
import type { Done, Exceeded, FileMessage, KeeperMessage, WardenAnswer } from './messages.js';

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}

/** How the session's process ended, in words. */
function describeEnd(done: Done): string {
  const { ending } = done;
  if (!ending) return 'it did not keep to its protocol';
  return ending.signal === null
    ? `it ended itself with exit code ${ending.exitCode}`
    : `it was ended by ${signalName(ending.signal)}`;
}

export class RunAssembly {
  readonly output: OutputAssembly;
  readonly #files: ChangedFile[] = [];
  readonly #limits: SandboxLimits;
  readonly #abortsWithoutMemory: boolean;
  #contentLeft = FILES_LIMIT_BYTES;

  /** `abortsWithoutMemory`: its interpreter aborts for no other reason. */
  constructor(limits: SandboxLimits, callbacks: RunCallbacks, abortsWithoutMemory: boolean) {
    this.#limits = limits;
    this.#abortsWithoutMemory = abortsWithoutMemory;
    this.output = new OutputAssembly(limits, callbacks);
  }

  message(message: KeeperMessage, payload: Buffer): void {
    if (message.t === 'stdout' || message.t === 'stderr') this.output.text(message.t, payload);
    else if (message.t === 'gap') this.output.gap(message.bytes);
    else if (message.t === 'display') this.output.display(payload);
    else throw new Error(`'${message.t}' out of turn`);
  }

  /** The host's own count: a keeper that sends more than a response may hold is cut off. */
  file(message: FileMessage, payloadBytes: number): PayloadSink {
    this.#contentLeft -= payloadBytes;
    if (this.#contentLeft < 0) throw new Error('more file content than a response may hold');
    const hasContent = message.change !== 'removed' && !message.omitted;
    const content = hasContent ? Buffer.allocUnsafeSlow(payloadBytes) : undefined;
    let filled = 0;
    return {
      chunk: (data) => {
        if (content) filled += data.copy(content, filled);
      },
      end: () => {
        this.#files.push({
          name: shownName(message.name),
          change: message.change,
          sizeBytes: message.sizeBytes,
          content,
          sha256: message.sha256,
        });
      },
    };
  }

  /** What code in the session came to. */
  ofCode(done: Done, payload: Buffer, watched: WardenAnswer | undefined): RunOutcome {
    // What the warden ended may have answered just before.
    const isGone = done.crashed || Boolean(watched?.ended);
    const said = isGone ? undefined : parseSessionResult(payload);
    const outcome = this.#common(done, watched);
    const over = watched?.ended ?? done.over ?? undefined;
    if (said?.truncated) outcome.truncated = true;
    outcome.trace = said?.trace;
    outcome.result = said?.result ?? undefined;
    outcome.error = said?.error ?? undefined;
    outcome.status = done.reason ?? (done.over ? 'limit' : this.#statusOf(said, over, done.ending));
    if (outcome.status === 'limit' && over) outcome.limit = this.#limitOf(over);
    if (isGone) {
      const how = done.crashed ? describeEnd(done) : 'it was ended by SIGKILL';
      outcome.memoryLost = `the interpreter was gone: ${how}`;
      outcome.error ??= interpreterEnded(outcome.status, how, this.#limits);
    } else if (said?.status === 'out-of-memory') {
      outcome.memoryLost = 'the interpreter had no memory left';
      outcome.error = interpreterEnded(outcome.status, outcome.memoryLost, this.#limits);
    } else if (!said) {
      outcome.error = interpreterEnded('crashed', 'its answer could not be read', this.#limits);
    }
    return outcome;
  }

  /** What a shell command came to. */
  ofCommand(done: Done, watched: WardenAnswer | undefined): RunOutcome {
    const outcome = this.#common(done, watched);
    const { ending } = done;
    const over = watched?.ended ?? done.over ?? undefined;
    const code = ending?.signal ? 128 + ending.signal : (ending?.exitCode ?? null);
    outcome.exitCode = code;
    outcome.status =
      done.reason ?? (over ? this.#statusOf(undefined, over) : code ? 'error' : 'ok');
    if (outcome.status === 'limit' && over) outcome.limit = this.#limitOf(over);
    if (outcome.status !== 'ok') {
      const message = `the command ended with exit code ${code}`;
      outcome.error = { name: 'CommandFailed', message, traceback: '' };
    }
    return outcome;
  }

  /** When all processes of the sandbox are gone, and nobody says anything. */
  ofNobody(wallMs: number, outOfTime: boolean): RunOutcome {
    const done: Done = {
      t: 'done',
      n: 0,
      reason: outOfTime ? 'timeout' : null,
      crashed: true,
      ending: { exitCode: null, signal: 9 },
      usage: { wallMs, cpuMs: 0, residentBytes: 0 },
      leftovers: [],
      droppedBytes: 0,
      droppedDisplays: 0,
    };
    const outcome = this.ofCode(done, Buffer.alloc(0), undefined);
    outcome.memoryLost = 'all processes of the sandbox ended; its files went with them';
    return outcome;
  }

  #common(done: Done, watched: WardenAnswer | undefined): RunOutcome {
    this.output.finish();
    const { residentBytes, ...usage } = done.usage;
    const peakMemoryBytes = Math.max(residentBytes, watched?.peakBytes ?? 0);
    return {
      status: 'ok',
      outputs: this.output.outputs,
      truncated: this.output.truncated || done.droppedBytes > 0 || done.droppedDisplays > 0,
      result: undefined,
      error: undefined,
      limit: undefined,
      files: this.#files,
      usage: { ...usage, peakMemoryBytes },
      leftovers: done.leftovers.map(([pid, command]) => ({ pid, command })),
      exitCode: undefined,
      memoryLost: undefined,
    };
  }

  #statusOf(
    said: SessionResult | undefined,
    over: Exceeded | undefined,
    ending?: Done['ending'],
  ): RunOutcome['status'] {
    if (said) return said.status;
    if (over?.limit === 'memoryBytes') return 'out-of-memory';
    if (this.#abortsWithoutMemory && ending?.signal === constants.signals.SIGABRT) {
      return 'out-of-memory';
    }
    return over ? 'limit' : 'crashed';
  }

  #limitOf(ended: Exceeded): { name: string; value: number } {
    const value = this.#limits[ended.limit as keyof SandboxLimits];
    return { name: ended.limit, value: value ?? ended.value };
  }
}
