/** Puts together what came from stdout, stderr and displays, in order, as text. */
import type { MimeBundle, Output } from '../execution.js';
import type { RunCallbacks } from './runtime.js';

type Stream = 'stdout' | 'stderr';

/**
 * Decodes each stream by itself, so that a character cut between two pieces is whole again; bytes
 * that are not UTF-8 become U+FFFD. A callback that throws stops being called.
 */
export class OutputAssembly {
  readonly outputs: Output[] = [];
  truncated = false;
  #bytesLeft: number;
  readonly #callbacks: RunCallbacks;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  constructor(budgetBytes: number, callbacks: RunCallbacks) {
    this.#bytesLeft = budgetBytes;
    this.#callbacks = { ...callbacks };
  }

  /** The keeper keeps to the budget; what goes beyond it all the same is dropped here. */
  text(stream: Stream, data: Buffer): void {
    if (data.length > this.#bytesLeft) this.truncated = true;
    const kept = data.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    this.#add(stream, this.#decoders[stream].decode(kept, { stream: true }));
  }

  display(data: MimeBundle): void {
    this.outputs.push({ type: 'display', data });
    this.#call('onDisplay', data);
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
    const last = this.outputs.at(-1);
    if (last?.type === stream) last.text += text;
    else this.outputs.push({ type: stream, text });
    this.#call(stream === 'stdout' ? 'onStdout' : 'onStderr', text);
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
