/** Replaces parts of a text, keeps its lines where they are, and tells columns of the old text. */

interface Edit {
  start: number;
  end: number;
  text: string;
}

export class Edits {
  readonly #source: string;
  readonly #edits: Edit[] = [];
  /** Of each line of the new text: where its edits begin, and what each adds. */
  readonly #shifts = new Map<number, { column: number; added: number }[]>();

  constructor(source: string) {
    this.#source = source;
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** Line breaks of what is replaced are kept, after the new text. */
  replace(start: number, end: number, text: string): void {
    const breaks = this.#source.slice(start, end).replace(/[^\n]/g, '');
    this.#edits.push({ start, end, text: text + breaks });
  }

  /** Puts spaces in place of everything but line breaks: what comes after keeps its column. */
  blank(start: number, end: number): void {
    const text = this.#source.slice(start, end).replace(/[^\n]/g, ' ');
    this.#edits.push({ start, end, text });
  }

  /** The new text. Parts that are replaced must not overlap. */
  apply(): string {
    this.#edits.sort((a, b) => a.start - b.start || a.end - b.end);
    let result = '';
    let at = 0;
    let line = 1;
    let lineStart = 0;
    const take = (text: string): void => {
      for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) {
        line += 1;
        lineStart = result.length + index + 1;
      }
      result += text;
    };
    for (const { start, end, text } of this.#edits) {
      take(this.#source.slice(at, start));
      const added = text.length - (end - start);
      if (added !== 0 && !text.includes('\n')) {
        const shifts = this.#shifts.get(line) ?? [];
        shifts.push({ column: result.length - lineStart + 1, added });
        this.#shifts.set(line, shifts);
      }
      take(text);
      at = end;
    }
    take(this.#source.slice(at));
    return result;
  }

  /** Of each line of the new text that has any: the columns from which it is moved, and how far. */
  get shifts(): [line: number, shifts: [column: number, added: number][]][] {
    return [...this.#shifts].map(([line, shifts]) => [
      line,
      shifts.map(({ column, added }) => [column, added]),
    ]);
  }

  /** The column of the old text for one of the new text; both count from 1. */
  column(line: number, column: number): number {
    let added = 0;
    for (const shift of this.#shifts.get(line) ?? []) {
      if (shift.column < column) added += shift.added;
    }
    return Math.max(1, column - added);
  }
}
