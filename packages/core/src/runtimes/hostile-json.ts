/**
 * What it costs to read JSON that a session wrote, told before it is read.
 *
 * Boundary: thirty million bytes of `{},{},…` are a gigabyte once parsed. A few such displays would
 * end the application's process, and every sandbox with it.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What a byte outside strings adds: `[` and `{` begin an object, `,` and `:` a value. */
const WEIGHTS = new Map([
  ['[', 4],
  ['{', 4],
  [',', 1],
  [':', 1],
]);
const weightOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  return WEIGHTS.get(String.fromCharCode(byte)) ?? 0;
});

function weigh(payload: Buffer, most: number): number {
  let weight = 0;
  for (let at = 0; at < payload.length && weight <= most; at += 1) {
    const byte = payload[at] as number;
    if (byte === QUOTE) {
      do at = payload.indexOf(QUOTE, at + 1);
      while (at > 0 && isEscaped(payload, at));
      if (at < 0) break;
    } else {
      weight += weightOf[byte] as number;
    }
  }
  return weight;
}

/** An odd number of backslashes stands before it. */
function isEscaped(payload: Buffer, at: number): boolean {
  let first = at;
  while (payload[first - 1] === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

/** Bytes and values that may still be read. */
export class JsonAllowance {
  #bytes = 64 * 1024 * 1024;
  #weight = 8_000_000;

  /** Takes a payload's share; false when there is not enough left for it. */
  take(payload: Buffer): boolean {
    if (payload.length > this.#bytes) return false;
    const weight = weigh(payload, this.#weight);
    if (weight > this.#weight) return false;
    this.#bytes -= payload.length;
    this.#weight -= weight;
    return true;
  }
}
