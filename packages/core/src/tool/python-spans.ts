/**
 * Which parts of Python source are strings, comments and code.
 *
 * Just enough of the grammar to tell that a text cannot be Python: outside strings and comments a
 * backtick is never valid, and a backslash only at the end of a line. It never says that a text is
 * valid, and no text that is valid has a fault here.
 */

export interface PythonSpan {
  kind: 'code' | 'comment' | 'string';
  text: string;
  /** False for a string without an end. */
  closed: boolean;
}

export type PythonFault = 'backslash' | 'backtick' | 'unterminated-string';

/** How deep f-strings in f-strings are followed; deeper ones are read as plain strings. */
const MAX_NESTED_STRINGS = 8;

/** Splits source. `lineBreak` is what ends a comment: a real one, or one sent as two characters. */
export function pythonSpans(source: string, lineBreak: '\n' | '\\n' = '\n'): PythonSpan[] {
  const spans: PythonSpan[] = [];
  let codeStart = 0;
  let index = 0;
  const push = (kind: PythonSpan['kind'], end: number, closed = true) => {
    if (index > codeStart) {
      spans.push({ kind: 'code', text: source.slice(codeStart, index), closed: true });
    }
    spans.push({ kind, text: source.slice(index, end), closed });
    index = end;
    codeStart = end;
  };
  while (index < source.length) {
    const character = source[index];
    if (character === '#') {
      const end = source.indexOf(lineBreak, index);
      push('comment', end === -1 ? source.length : end);
    } else if (isQuote(character)) {
      const end = endOfString(source, index, 0);
      push('string', end ?? source.length, end !== undefined);
    } else {
      index += 1;
    }
  }
  if (index > codeStart) spans.push({ kind: 'code', text: source.slice(codeStart), closed: true });
  return spans;
}

/** The first reason why a text cannot be Python; undefined when none was found. */
export function pythonFault(source: string): PythonFault | undefined {
  for (const span of pythonSpans(source)) {
    if (span.kind === 'code') {
      const found = /`|\\(?![\r\n])/.exec(span.text);
      if (found) return found[0] === '`' ? 'backtick' : 'backslash';
    }
    if (!span.closed) return 'unterminated-string';
  }
  return undefined;
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

/**
 * Where the string that opens at `start` ends; undefined when it does not. An f-string with a field
 * that does not end counts as all the rest, so that no fault is found in what was not understood.
 */
function endOfString(source: string, start: number, depth: number): number | undefined {
  const one = source.charAt(start);
  const quote = source.startsWith(one.repeat(3), start) ? one.repeat(3) : one;
  const readsFields = depth < MAX_NESTED_STRINGS && isFormatted(source, start);
  let index = start + quote.length;
  while (index < source.length) {
    if (source[index] === '\\') {
      index += source.startsWith('\r\n', index + 1) ? 3 : 2;
    } else if (source.startsWith(quote, index)) {
      return index + quote.length;
    } else if (quote.length === 1 && source[index] === '\n') {
      return undefined;
    } else if (readsFields && source[index] === '{' && source[index + 1] !== '{') {
      const end = endOfField(source, index, depth + 1);
      if (end === undefined) return source.length;
      index = end;
    } else {
      index += source.startsWith('{{', index) ? 2 : 1;
    }
  }
  return undefined;
}

/** Where the replacement field of an f-string that opens at `start` ends. */
function endOfField(source: string, start: number, depth: number): number | undefined {
  let open = 0;
  let index = start;
  while (index < source.length) {
    const character = source[index];
    if (isQuote(character)) {
      const end = endOfString(source, index, depth);
      if (end === undefined) return undefined;
      index = end;
      continue;
    }
    if (character === '{') open += 1;
    if (character === '}') open -= 1;
    index += 1;
    if (open === 0) return index;
  }
  return undefined;
}

function isFormatted(source: string, quoteIndex: number): boolean {
  const before = source.slice(Math.max(0, quoteIndex - 3), quoteIndex);
  return /(?<!\w)(?:[ft]r?|r[ft])$/i.test(before);
}
