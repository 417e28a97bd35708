/** One execution after the other: run, describe the value or the exception. All of it is a result. */
import type { Send } from './channel.js';
import type { Screen } from './console.js';
import { type ErrorReport, Errors } from './errors.js';
import { evaluate, Interrupted } from './evaluate.js';
import { Output, type Stream } from './output.js';
import type { Quota } from './quota.js';
import { Sources } from './source.js';
import type { Timers } from './timers.js';
import { type Bundle, describe, fitted } from './values.js';
import { listVariables } from './variables.js';
import type { Work } from './work.js';

/** What the engine orders. It checked it; the code cannot write here. */
export interface Order {
  t: 'execute' | 'interrupt' | 'variables';
  n: number;
  number: number;
  outputBytes: number;
  displays: number;
  roomBytes: number;
  roomFiles: number;
}

interface Running {
  n: number;
  output: Output;
  displaysLeft: number;
  droppedDisplays: number;
  cut: boolean;
  /** Ends the wait for the code: an interrupt, or an exception outside its own flow. */
  fail(error: unknown): void;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediateOfNode(resolve));
const setImmediateOfNode = setImmediate;
const toJson = JSON.stringify;

export class Session implements Screen {
  readonly sources = new Sources();
  readonly #errors = new Errors(this.sources);
  readonly #send: Send;
  readonly #timers: Timers;
  readonly #work: Work;
  readonly #quota: Quota;
  #running: Running | undefined;
  initialNames: ReadonlySet<string> = new Set();

  constructor(send: Send, parts: { timers: Timers; work: Work; quota: Quota }) {
    this.#send = send;
    this.#timers = parts.timers;
    this.#work = parts.work;
    this.#quota = parts.quota;
  }

  hear(order: Order, payload: Buffer): void {
    if (order.t === 'execute') void this.#execute(order, payload.toString());
    else if (order.t === 'variables') this.#variables(order.n);
    else if (this.#running?.n === order.n) this.#running.fail(new Interrupted());
  }

  /** What is printed while nothing runs is dropped. */
  print(stream: Stream, text: string): void {
    this.#running?.output.add(stream, text);
  }

  show(bundle: Bundle): void {
    const running = this.#running;
    if (!running) return;
    running.displaysLeft -= 1;
    if (running.displaysLeft < 0) {
      running.droppedDisplays += 1;
      return;
    }
    const shown = fitted(bundle);
    this.noteCut(shown.cut);
    running.output.display(Buffer.from(toJson(shown.bundle)));
  }

  noteCut(cut: boolean): void {
    if (this.#running && cut) this.#running.cut = true;
  }

  /** An exception that nothing of the code caught. */
  uncaught(error: unknown): void {
    this.#running?.fail(error);
  }

  async #execute(order: Order, code: string): Promise<void> {
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const output = new Output(this.#send, order.n, order.outputBytes);
    const running: Running = {
      n: order.n,
      output,
      displaysLeft: order.displays,
      droppedDisplays: 0,
      cut: false,
      fail: failed.reject,
    };
    this.#running = running;
    this.#work.renew();
    this.#quota.set(order.roomBytes, order.roomFiles);
    let result: Bundle | undefined;
    let error: ErrorReport | undefined;
    try {
      result = await Promise.race([this.#run(code, order.number), failed.promise]);
    } catch (thrown) {
      error = this.#errors.report(thrown, order.number);
    }
    this.#timers.stopAll();
    output.finish();
    this.#running = undefined;
    const { cut, droppedDisplays } = running;
    const said = { status: error ? 'error' : 'ok', result, error, truncated: cut };
    const done = { t: 'done', n: order.n, droppedBytes: output.droppedBytes, droppedDisplays };
    this.#send(done, Buffer.from(toJson(said)));
  }

  /** Over when its value is there, and nothing it began is under way. */
  async #run(code: string, number: number): Promise<Bundle | undefined> {
    const last = await evaluate(this.sources.prepare(code, number));
    // A promise as the last expression is waited for: `main()` is how scripts end.
    const value: unknown = last && (await last[0]);
    const described = value === undefined ? undefined : await describe(value);
    const shown = described && fitted(described.bundle);
    this.noteCut(described?.cut === true || shown?.cut === true);
    await nextTurn(); // rejections that nothing handles are reported by then
    while (this.#work.pending) {
      await this.#work.idle();
      await nextTurn();
    }
    return shown?.bundle;
  }

  #variables(n: number): void {
    const variables = listVariables(this.initialNames);
    this.#send({ t: 'variables', n }, Buffer.from(toJson({ variables })));
  }
}
