/** Puts together what came from stdout, stderr and displays, in order, as text. */
import type { MimeBundle, Output } from '../execution.js';
import type { SandboxLimits } from '../limits.js';
import { JsonAllowance } from './hostile-json.js';
import type { RunCallbacks } from './runtime.js';
import { parseDisplay } from './session-payloads.js';

type Stream = 'stdout' | 'stderr';

/**
 * Text in more pieces than this is added to earlier ones of its stream: streams that take turns at
 * each byte would cost a hundred times their bytes.
 */
const MOST_PIECES = 50_000;

/** Markers and cut characters take a little more than the budget. */
const SLACK_BYTES = 4_096;

/**
 * Decodes each stream by itself, so that a character cut between two pieces is whole again; bytes
 * that are not UTF-8 become U+FFFD. A callback that throws stops being called.
 */
export class OutputAssembly {
  readonly outputs: Output[] = [];
  truncated = false;
  readonly #allowance = new JsonAllowance();
  #bytesLeft: number;
  #displaysLeft: number;
  readonly #callbacks: RunCallbacks;
  readonly #last: { stdout?: Output | undefined; stderr?: Output | undefined } = {};
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  constructor(limits: SandboxLimits, callbacks: RunCallbacks) {
    this.#bytesLeft = limits.outputBytes + SLACK_BYTES;
    this.#displaysLeft = limits.displays;
    this.#callbacks = { ...callbacks };
  }

  /** The sender keeps to the budget; what goes beyond it all the same is dropped here. */
  text(stream: Stream, data: Buffer): void {
    if (data.length > this.#bytesLeft) this.truncated = true;
    const kept = data.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    this.#add(stream, this.#decoders[stream].decode(kept, { stream: true }));
  }

  /** What a session says of a display: hostile JSON. */
  display(payload: Buffer): void {
    const shown = this.#displaysLeft > 0 ? parseDisplay(payload, this.#allowance) : undefined;
    this.#displaysLeft -= 1;
    if (shown) {
      this.outputs.push({ type: 'display', data: shown.bundle });
      this.#call('onDisplay', shown.bundle);
    }
    if (!shown || shown.cut) this.truncated = true;
  }

  gap(droppedBytes: number): void {
    this.truncated = true;
    this.#add('stdout', `\n[… ${droppedBytes} bytes of output left out …]\n`);
  }

  finish(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#add(stream, this.#decoders[stream].decode());
    }
  }

  #add(stream: Stream, text: string): void {
    if (text === '') return;
    const isFull = this.outputs.length >= MOST_PIECES;
    const last = isFull ? this.#lastOf(stream) : this.outputs.at(-1);
    if (last?.type === stream) last.text += text;
    else this.outputs.push({ type: stream, text });
    this.#call(stream === 'stdout' ? 'onStdout' : 'onStderr', text);
  }

  /** Found once, and then kept. */
  #lastOf(stream: Stream): Output | undefined {
    this.#last[stream] ??= this.outputs.findLast(({ type }) => type === stream);
    return this.#last[stream];
  }

  #call<Name extends keyof RunCallbacks>(
    name: Name,
    value: Name extends 'onDisplay' ? MimeBundle : string,
  ): void {
    const callback = this.#callbacks[name] as ((value: unknown) => unknown) | undefined;
    const drop = (error: unknown): void => {
      if (!this.#callbacks[name]) return;
      this.#callbacks[name] = undefined;
      process.emitWarning(
        `${name} threw and is not called again: ${String(error)}`,
        'BelljarWarning',
      );
    };
    try {
      const returned = callback?.(value);
      if (returned instanceof Promise) returned.catch(drop);
    } catch (error) {
      drop(error);
    }
  }
}
