/** A page of lines out of a stream, without holding the whole. */
import { cutText } from './cut-text.js';

export interface LinePage {
  lines: string[];
  /** Of the whole file. */
  totalLines: number;
  /** A NUL byte was seen, or bytes that are no UTF-8. */
  isBinary: boolean;
}

export interface LineRange {
  /** The first line's number, from 1. */
  firstLine: number;
  maxLines: number;
  /** Of all lines together: no line is begun beyond it. */
  maxCharacters: number;
  maxLineCharacters: number;
}

const NEWLINE = 10;

/** Reads to the end, so that the count of lines is the file's. A last line break ends a line. */
export async function readLines(
  stream: AsyncIterable<Uint8Array>,
  range: LineRange,
): Promise<LinePage> {
  const page = new PageOfLines(range);
  for await (const chunk of stream) page.add(chunk);
  return page.end();
}

class PageOfLines {
  readonly #range: LineRange;
  /** Of the line that is being read, as much as could be shown. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #lineBytes = 0;
  #lineNumber = 1;
  #characters = 0;
  #isFull = false;
  #page: LinePage = { lines: [], totalLines: 0, isBinary: false };

  constructor(range: LineRange) {
    this.#range = range;
  }

  add(chunk: Uint8Array): void {
    if (chunk.includes(0)) this.#page.isBinary = true;
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#extend(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) return;
      this.#endLine();
      start = end + 1;
    }
  }

  end(): LinePage {
    if (this.#lineBytes > 0) this.#endLine();
    this.#page.totalLines = this.#lineNumber - 1;
    return this.#page;
  }

  #isWanted(): boolean {
    const { firstLine, maxLines } = this.#range;
    return (
      !this.#isFull && this.#lineNumber >= firstLine && this.#lineNumber < firstLine + maxLines
    );
  }

  #extend(part: Uint8Array): void {
    this.#lineBytes += part.length;
    const roomBytes = 4 * this.#range.maxLineCharacters - this.#partBytes;
    if (!this.#isWanted() || roomBytes <= 0 || part.length === 0) return;
    const kept = Uint8Array.from(part.subarray(0, roomBytes));
    this.#parts.push(kept);
    this.#partBytes += kept.length;
  }

  #endLine(): void {
    if (this.#isWanted()) this.#keepLine();
    this.#lineNumber += 1;
    this.#lineBytes = 0;
    this.#parts = [];
    this.#partBytes = 0;
  }

  #keepLine(): void {
    const isWhole = this.#partBytes === this.#lineBytes;
    const text = this.#decode(Buffer.concat(this.#parts), isWhole).replace(/\r$/, '');
    const { maxLineCharacters, maxCharacters } = this.#range;
    const line =
      isWhole && text.length <= maxLineCharacters
        ? text
        : `${cutText(text, maxLineCharacters - 40).replace(/\n/g, ' ')} [line of ${this.#lineBytes} bytes cut]`;
    this.#isFull =
      this.#characters + line.length + 1 > maxCharacters && this.#page.lines.length > 0;
    if (this.#isFull) return;
    this.#characters += line.length + 1;
    this.#page.lines.push(line);
  }

  #decode(bytes: Buffer, isWhole: boolean): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
        stream: !isWhole,
      });
    } catch {
      this.#page.isBinary = true;
      return '';
    }
  }
}
