/** Code as models send it, brought back to the code that they meant. */
import type { Language } from '../sandbox.js';
import { pythonFault, pythonSpans } from './python-spans.js';

export interface RepairedCode {
  code: string;
  /** What was changed or is doubtful, one sentence each, for the model. */
  notes: string[];
}

/**
 * The code field in what a model sent as a tool's input: `{ code }`, that object as JSON text, the
 * code alone, or its lines as an array. `code` is empty when there is none in it.
 */
export function unwrapToolInput(input: unknown): { code: string } {
  if (typeof input === 'string') {
    const parsed = parseObject(input);
    return parsed && 'code' in parsed ? unwrapToolInput(parsed) : { code: input };
  }
  if (!isObject(input)) return { code: '' };
  if (typeof input.code === 'string') return { code: input.code };
  const lines: unknown[] = Array.isArray(input.code) ? input.code : [];
  if (!lines.every((line) => typeof line === 'string')) return { code: '' };
  return { code: lines.map((line) => line.replace(/\n$/, '')).join('\n') };
}

/**
 * Takes code out of a Markdown fence and out of JSON, and turns line breaks that were escaped
 * twice into real ones. Code that can be valid as it stands is not touched; the one exception is
 * an object literal with the only key `code`, which is the tool's input sent inside itself.
 */
export function repairCode(sent: string, language: Language = 'python'): RepairedCode {
  const notes: string[] = [];
  let code = sent;
  for (const step of [unwrapJson, restoreLineBreaks, unwrapFence]) {
    const repaired = step(code, language);
    if (repaired === undefined) continue;
    code = repaired.code;
    notes.push(repaired.note);
  }
  if (language === 'python' && isOneComment(code)) {
    notes.push(
      'The whole code is one comment, so nothing ran: send line breaks as real line breaks.',
    );
  }
  return { code, notes };
}

interface Repair {
  code: string;
  note: string;
}

function unwrapJson(code: string): Repair | undefined {
  const parsed = parseObject(code);
  const inner = parsed?.code;
  if (typeof inner !== 'string' || Object.keys(parsed ?? {}).length !== 1) return undefined;
  return { code: inner, note: 'The code was taken out of a JSON object: send the code itself.' };
}

function restoreLineBreaks(code: string, language: Language): Repair | undefined {
  if (language !== 'python' || /[\r\n]/.test(code) || !code.includes('\\n')) return undefined;
  if (!hasEscapedBreak(code)) return undefined;
  const restored = [unescapeOutsideStrings(code), unescapeAll(code)].find(
    (candidate) => candidate !== undefined && isPlausible(candidate),
  );
  if (restored === undefined) return undefined;
  return { code: restored, note: 'Line breaks had been escaped twice and were restored.' };
}

function unwrapFence(code: string, language: Language): Repair | undefined {
  const trimmed = code.trim();
  if (!trimmed.includes('`')) return undefined;
  const opens = trimmed.startsWith('`');
  if (!opens && (language !== 'python' || pythonFault(code) === undefined)) return undefined;
  const inner = fencedCode(trimmed) ?? /^`([^`\n]+)`$/.exec(trimmed)?.[1];
  if (inner === undefined) return undefined;
  return { code: inner, note: 'The code was taken out of a Markdown fence: send the code itself.' };
}

/** What stands between the first fence and the last; without a last one, all after the first. */
function fencedCode(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => /^\s*```+[\w+.-]*\s*$/.test(line));
  if (first === -1) return undefined;
  const last = lines.findLastIndex((line) => /^\s*```+\s*$/.test(line));
  const whole = lines.slice(first + 1, last > first ? last : lines.length);
  const next = whole.findIndex((line) => /^\s*```/.test(line));
  if (next === -1 || pythonFault(whole.join('\n')) === undefined) return whole.join('\n');
  return everyBlock(lines);
}

/** The code of all fenced blocks, one after the other. */
function everyBlock(lines: readonly string[]): string {
  const kept: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (/^\s*```/.test(line)) inside = !inside;
    else if (inside) kept.push(line);
  }
  return kept.join('\n');
}

/** True when an escaped line break may be why the code cannot be Python. */
function hasEscapedBreak(code: string): boolean {
  const fault = pythonFault(code);
  return fault === 'backslash' || (fault === 'backtick' && code.trimStart().startsWith('```'));
}

function unescapeOutsideStrings(code: string): string {
  const escapes: Record<string, string> = { '\\r\\n': '\n', '\\n': '\n', '\\t': '\t' };
  return pythonSpans(code, '\\n')
    .map((span) =>
      span.kind === 'code'
        ? span.text.replace(/\\r\\n|\\n|\\t/g, (found) => escapes[found] ?? found)
        : span.text,
    )
    .join('');
}

/** The code read as the inside of a JSON string; undefined when it is not one. */
function unescapeAll(code: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(`"${code}"`);
    return typeof parsed === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isPlausible(code: string): boolean {
  const fault = pythonFault(code);
  return fault === undefined || (fault === 'backtick' && code.trimStart().startsWith('```'));
}

function isOneComment(code: string): boolean {
  return /^\s*#/.test(code) && !/[\r\n]/.test(code.trim()) && code.includes('\\n');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!/^\s*\{[\s\S]*"code"\s*:/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
