/** From the text of an execution to what the guest runs: types are stripped, declarations rewritten. */
import { SourceMap, stripTypeScriptTypes } from 'node:module';
import type { Program } from 'acorn';
import { excerpt } from '../guest/excerpt.js';
import type { LinePlaces, LineShifts, PreparedCode } from '../guest/prepared-code.js';
import { parseProgram, rewrite } from './rewrite.js';

const WRAPPER = '(async()=>{';
const MAP_COMMENT = '//# sourceMappingURL=data:application/json;base64,';

/** What the code cannot be run for, as an exception of the code. */
export interface Refusal {
  name: string;
  message: string;
  traceback: string;
}

interface Parsed {
  source: string;
  program: Program;
  places?: LinePlaces[];
}

class NoCode extends Error {
  readonly place: { line: number; column: number } | undefined;

  constructor(message: string, place?: { line: number; column: number }) {
    super(message);
    this.place = place;
  }
}

/** Acorn's own words, and V8's. */
const TOO_DEEP = /stack space|call stack/;

function asNoCode(error: unknown, remark = ''): NoCode {
  const { message, loc } = error as Error & { loc?: { line: number; column: number } };
  if (TOO_DEEP.test(message)) return new NoCode('The code is nested too deeply to be read.');
  const bare = loc ? message.replace(/ \(\d+:\d+\)$/, '') : message;
  return new NoCode(bare + remark, loc && { ...loc, column: loc.column + 1 });
}

/** The program, and its text without types where it is TypeScript. */
function parseEither(text: string): Parsed {
  try {
    return { source: text, program: parseProgram(text) };
  } catch (error) {
    if (TOO_DEEP.test((error as Error).message)) throw asNoCode(error);
    // Reading TypeScript takes 100 ms the first time: only what is no JavaScript pays for it.
    return parseTypeScript(text, error);
  }
}

function parseTypeScript(text: string, first: unknown): Parsed {
  try {
    const source = stripTypeScriptTypes(text);
    return { source, program: parseProgram(source) };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return parseTransformed(text);
    if (code === undefined) throw asNoCode(error);
    throw asNoCode(first, ` (as TypeScript: ${message})`);
  }
}

/** Enumerations, namespaces, parameter properties: the text is written anew. */
function parseTransformed(text: string): Parsed {
  try {
    const written = stripTypeScriptTypes(text, { mode: 'transform', sourceMap: true });
    const at = written.lastIndexOf(MAP_COMMENT);
    const source = written.slice(0, at);
    const json = Buffer.from(written.slice(at + MAP_COMMENT.length), 'base64').toString();
    return { source, program: parseProgram(source), places: placesOf(source, json) };
  } catch (error) {
    throw asNoCode(error);
  }
}

function placesOf(source: string, json: string): LinePlaces[] {
  const map = new SourceMap(JSON.parse(json));
  return source.split('\n').map((text, line) => {
    const places: LinePlaces = [];
    for (let column = 0; column <= text.length; column += 1) {
      const entry = map.findEntry(line, column);
      if (!('originalLine' in entry) || entry.generatedLine !== line) continue;
      if (entry.generatedColumn !== column) continue;
      places.push([column, entry.originalLine, entry.originalColumn]);
    }
    return places;
  });
}

function refusal(error: NoCode, text: string, number: number): Refusal {
  const lines = [`SyntaxError: ${error.message}`];
  if (error.place) {
    const { line, column } = error.place;
    lines.push(`    at <execution ${number}>:${line}:${column}`);
    lines.push(...excerpt(text.split('\n')[line - 1], column));
  }
  return { name: 'SyntaxError', message: error.message, traceback: lines.join('\n') };
}

/** `number`: of the execution, for tracebacks. */
export function prepare(
  text: string,
  number: number,
): { code: PreparedCode } | { refused: Refusal } {
  try {
    const hidden = text.startsWith('#!') ? `//${text.slice(2)}` : text;
    const { source, program, places } = parseEither(hidden);
    const { functions, main, names, hoisted, functionEdits, mainEdits } = rewriteOrRefuse(
      source,
      program,
    );
    const shifts = { functions: functionEdits.shifts, main: wrappedShifts(mainEdits.shifts) };
    const wrapped = `${WRAPPER}${main}\n})()`;
    return { code: { number, text, functions, main: wrapped, names, hoisted, shifts, places } };
  } catch (error) {
    if (error instanceof NoCode) return { refused: refusal(error, text, number) };
    throw error;
  }
}

/** The first line begins with the wrapper. */
function wrappedShifts(shifts: LineShifts[]): LineShifts[] {
  const first = shifts.find(([line]) => line === 1)?.[1] ?? [];
  const moved = first.map(([column, added]): [number, number] => [column + WRAPPER.length, added]);
  const rest = shifts.filter(([line]) => line !== 1);
  return [[1, [[0, WRAPPER.length], ...moved]], ...rest];
}

function rewriteOrRefuse(source: string, program: Program): ReturnType<typeof rewrite> {
  try {
    return rewrite(source, program);
  } catch (error) {
    throw asNoCode(error);
  }
}
