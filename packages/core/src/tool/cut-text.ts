/** Cutting text so that its head and its tail stay. */

/**
 * Keeps the head and the tail of a text, with a line between them that says how much was cut.
 * The whole is at most `maxCharacters` UTF-16 units; a surrogate pair is never split.
 */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const reserved = marker(text.length).length;
  const kept = maxCharacters - reserved;
  if (kept <= 0) return text.slice(0, wholeBefore(text, Math.max(0, maxCharacters)));
  const headEnd = wholeBefore(text, Math.ceil(kept * 0.6));
  const tailStart = wholeAfter(text, text.length - (kept - Math.ceil(kept * 0.6)));
  return text.slice(0, headEnd) + marker(tailStart - headEnd) + text.slice(tailStart);
}

/** UTF-8 bytes of a value as JSON: what it takes in a state, a checkpoint or a stream. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** As `cutText`, to what takes at most `maxBytes` of JSON: control characters take six each. */
export function cutToJsonBytes(text: string, maxBytes: number): string {
  let cut = text;
  for (let bytes = jsonBytes(cut); bytes > maxBytes && cut !== ''; bytes = jsonBytes(cut)) {
    cut = cutText(text, Math.floor(Math.min(cut.length * (maxBytes / bytes), cut.length - 1)));
  }
  return cut;
}

/**
 * Divides a budget among texts: a short one gets all that it needs, the long ones share the rest
 * evenly. The shares are in the order of the lengths.
 */
export function shareBudget(lengths: readonly number[], budget: number): number[] {
  const shares = lengths.map(() => 0);
  const order = [...lengths.keys()].sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  let left = Math.max(0, budget);
  for (const [position, index] of order.entries()) {
    const share = Math.min(lengths[index] ?? 0, Math.floor(left / (order.length - position)));
    shares[index] = share;
    left -= share;
  }
  return shares;
}

function marker(cut: number): string {
  return `\n[… ${cut.toLocaleString('en-US')} characters cut …]\n`;
}

/** `index`, or one less where it would split a surrogate pair. */
function wholeBefore(text: string, index: number): number {
  return splitsPair(text, index) ? index - 1 : index;
}

/** `index`, or one more where it would split a surrogate pair. */
function wholeAfter(text: string, index: number): number {
  return splitsPair(text, index) ? index + 1 : index;
}

function splitsPair(text: string, index: number): boolean {
  return isHighSurrogate(text.charCodeAt(index - 1)) && isLowSurrogate(text.charCodeAt(index));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
