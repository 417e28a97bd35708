/** From the text of an execution to scripts, with its lines kept for tracebacks. */
import { stripTypeScriptTypes } from 'node:module';
import type { Program } from 'acorn';
import type { Edits } from '../host/edits.js';
import { HELPERS, parseProgram, type Rewritten, rewrite } from '../host/rewrite.js';

export const FILE_PATTERN = '<execution (\\d+)>';
const PLACE = new RegExp(`${FILE_PATTERN}:(\\d+):(\\d+)`);
const KEPT_CHARACTERS = 20_000_000;
const WRAPPER = '(async()=>{';

export interface Prepared {
  functions: string;
  main: string;
  names: string[];
  hoisted: string[];
  file: string;
  /** Moves the first line of `main` left, to where it stands in the source. */
  mainOffset: number;
}

interface Kept {
  lines: string[];
  edits: { functions: Edits; main: Edits } | undefined;
  functionLines: Set<number>;
}

/** An error of the parser, at a place of the code. */
export class CodeError extends SyntaxError {
  readonly place: { line: number; column: number } | undefined;

  constructor(message: string, place?: { line: number; column: number }) {
    super(message);
    this.name = 'SyntaxError';
    this.place = place;
  }
}

function asCodeError(error: unknown, remark = ''): unknown {
  if (!(error instanceof SyntaxError)) return error;
  const place = (error as SyntaxError & { loc?: { line: number; column: number } }).loc;
  const message = error.message.replace(/ \(\d+:\d+\)$/, '');
  return new CodeError(message + remark, place && { ...place, column: place.column + 1 });
}

/** The program, and its text without types where it is TypeScript. */
function parseEither(text: string): { source: string; program: Program } {
  try {
    return { source: text, program: parseProgram(text) };
  } catch (error) {
    // Reading TypeScript takes 100 ms the first time: only what is no JavaScript pays for it.
    return readTypeScript(text, error);
  }
}

function readTypeScript(text: string, first: unknown): { source: string; program: Program } {
  let source: string;
  try {
    source = stripTypeScriptTypes(text);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw new CodeError(`${message}.`);
    throw asCodeError(first, ` (as TypeScript: ${message})`);
  }
  try {
    return { source, program: parseProgram(source) };
  } catch (error) {
    throw asCodeError(error);
  }
}

export class Sources {
  readonly #kept = new Map<number, Kept>();
  #characters = 0;

  prepare(text: string, number: number): Prepared {
    const kept: Kept = { lines: text.split('\n'), edits: undefined, functionLines: new Set() };
    this.#keep(number, kept, text.length);
    const { source, program } = parseEither(text.replace(/^#!/, '//'));
    let rewritten: Rewritten;
    try {
      rewritten = rewrite(source, program);
    } catch (error) {
      throw asCodeError(error);
    }
    kept.edits = { functions: rewritten.functionEdits, main: rewritten.mainEdits };
    rewritten.functions.split('\n').forEach((line, index) => {
      if (line.trim() !== '') kept.functionLines.add(index + 1);
    });
    return {
      functions: rewritten.functions,
      main: `${WRAPPER}${rewritten.main}\n})()`,
      names: rewritten.names,
      hoisted: rewritten.hoisted,
      file: `<execution ${number}>`,
      mainOffset: -WRAPPER.length,
    };
  }

  #keep(number: number, kept: Kept, characters: number): void {
    this.#kept.set(number, kept);
    this.#characters += characters;
    for (const [oldest, { lines }] of this.#kept) {
      if (this.#characters <= KEPT_CHARACTERS || oldest === number) break;
      this.#kept.delete(oldest);
      this.#characters -= lines.reduce((sum, line) => sum + line.length + 1, -1);
    }
  }

  line(number: number, line: number): string | undefined {
    return this.#kept.get(number)?.lines[line - 1];
  }

  /** Whether a line of a stack is in the code, and not in what was put round it. */
  has(frame: string): boolean {
    const [, number, line] = PLACE.exec(frame) ?? [];
    const kept = this.#kept.get(Number(number));
    return number !== undefined && (!kept || Number(line) <= kept.lines.length);
  }

  /** Columns of rewritten code in a line of a stack, as they are in the source. */
  mapColumns(frame: string): string {
    return frame.replace(
      new RegExp(`${FILE_PATTERN}:(\\d+):(\\d+)`, 'g'),
      (whole, number: string, line: string, column: string) => {
        const kept = this.#kept.get(Number(number));
        if (!kept?.edits) return whole;
        const isFunction = kept.functionLines.has(Number(line));
        const edits = isFunction ? kept.edits.functions : kept.edits.main;
        return `<execution ${number}>:${line}:${edits.column(Number(line), Number(column))}`;
      },
    );
  }
}

export { HELPERS };
