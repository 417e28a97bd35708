/**
 * What the code prints: the head is sent as it comes, then only the tail is kept. One budget for
 * stdout and stderr. A flood costs the engine no more than the budget.
 */
export type Send = (header: object, payload?: Uint8Array) => void;

export type Stream = 'stdout' | 'stderr';

/** The first pieces go out one by one, so that none is lost when the process is ended. */
const PIECES_SENT_ALONE = 10_000;
const JOINED_BYTES = 65_536;

export class Output {
  readonly #send: Send;
  readonly #number: number;
  #headLeft: number;
  #tailBudget: number;
  readonly #leastTail: number;
  #sent = 0;
  #joined: { stream: Stream; parts: Buffer[]; bytes: number } | undefined;
  #tail: { stream: Stream; data: Buffer }[] = [];
  #tailBytes = 0;
  droppedBytes = 0;

  constructor(send: Send, number: number, budgetBytes: number) {
    this.#send = send;
    this.#number = number;
    this.#headLeft = Math.floor(budgetBytes / 2);
    this.#tailBudget = budgetBytes - this.#headLeft;
    this.#leastTail = Math.floor(budgetBytes / 4);
  }

  add(stream: Stream, text: string): void {
    const data = Buffer.from(text);
    const head = data.subarray(0, this.#headLeft);
    if (head.length > 0) {
      this.#headLeft -= head.length;
      this.#sendHead(stream, head);
    }
    if (head.length < data.length) this.#keepTail(stream, data.subarray(head.length));
  }

  /** A display keeps its place: the tail so far goes out before it, while there is room. */
  display(payload: Buffer): void {
    const left = this.#tailBudget - this.#tailBytes;
    if (this.droppedBytes === 0 && left >= this.#leastTail) {
      this.#tailBudget = left;
      this.#sendTail();
    }
    this.#flush();
    this.#send({ t: 'display', n: this.#number }, payload);
  }

  finish(): void {
    this.#flush();
    this.#cutTail();
    if (this.droppedBytes > 0) {
      this.#send({ t: 'gap', n: this.#number, bytes: this.droppedBytes });
    }
    this.#sendTail();
  }

  #sendHead(stream: Stream, data: Buffer): void {
    this.#sent += 1;
    if (this.#sent <= PIECES_SENT_ALONE) {
      this.#send({ t: stream, n: this.#number }, data);
      return;
    }
    if (this.#joined?.stream !== stream) this.#flush();
    this.#joined ??= { stream, parts: [], bytes: 0 };
    this.#joined.parts.push(Buffer.from(data));
    this.#joined.bytes += data.length;
    if (this.#joined.bytes >= JOINED_BYTES) this.#flush();
  }

  #flush(): void {
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined) this.#send({ t: joined.stream, n: this.#number }, Buffer.concat(joined.parts));
  }

  #keepTail(stream: Stream, data: Buffer): void {
    const kept = data.subarray(Math.max(0, data.length - this.#tailBudget));
    this.droppedBytes += data.length - kept.length;
    this.#tail.push({ stream, data: Buffer.from(kept) });
    this.#tailBytes += kept.length;
    if (this.#tailBytes > 2 * this.#tailBudget || this.#tail.length > 4_096) this.#cutTail();
  }

  /** Not at each piece: a flood of small ones would be copied again and again. */
  #cutTail(): void {
    const joined: { stream: Stream; parts: Buffer[] }[] = [];
    for (const { stream, data } of this.#tail) {
      const last = joined.at(-1);
      if (last?.stream === stream) last.parts.push(data);
      else joined.push({ stream, parts: [data] });
    }
    this.#tail = joined.map(({ stream, parts }) => ({ stream, data: Buffer.concat(parts) }));
    while (this.#tailBytes > this.#tailBudget) {
      const oldest = this.#tail[0];
      if (!oldest) break;
      const excess = Math.min(oldest.data.length, this.#tailBytes - this.#tailBudget);
      oldest.data = oldest.data.subarray(excess);
      this.#tailBytes -= excess;
      this.droppedBytes += excess;
      if (oldest.data.length === 0) this.#tail.shift();
    }
  }

  #sendTail(): void {
    for (const { stream, data } of this.#tail) this.#send({ t: stream, n: this.#number }, data);
    this.#tail = [];
    this.#tailBytes = 0;
  }
}
