/** What a model reads of an execution. */
import type { Execution, MimeBundle } from '../execution.js';
import { changesLine, filesParts } from './changes-line.js';
import { type ChosenImages, imageOf } from './choose-images.js';
import { cutText, shareBudget } from './cut-text.js';
import { MAX_OUTPUT_CHARACTERS, MIN_OUTPUT_CHARACTERS } from './limits.js';
import { adviceFor, statusLine } from './status-advice.js';
import type { VariableChanges } from './variable-changes.js';

export interface FormatOptions {
  /** Characters of the whole text. Default 20,000, at least 500; what is longer is cut. */
  maxOutputCharacters?: number | undefined;
  /** What `chooseImages` chose, or none when images do not go to the model. */
  images?: ChosenImages | undefined;
  /** False when the endpoint takes no images: the text then says that they were made. */
  imagesAttached?: boolean | undefined;
  /** Wall time that the call was given, in ms; named when it was exceeded. */
  timeoutMs?: number | undefined;
  /** Sentences about the input, from `repairCode`. */
  notes?: readonly string[] | undefined;
  /** `'unknown'` where they could not be had. Absent: the last line tells of files only. */
  changes?: VariableChanges | 'unknown' | undefined;
}

interface Section {
  title: string;
  text: string;
}

/**
 * Status first, then each stream, display, result and traceback under its name, then what to do
 * next, and last the line that says what changed in the sandbox. Long parts are cut head and tail, the short ones stay whole.
 */
export function formatExecution(execution: Execution, options: FormatOptions = {}): string {
  const sections = sectionsOf(execution);
  const head = statusLine(execution);
  const tail = tailLines(execution, options, sections.length === 0);
  const limit = Math.max(
    MIN_OUTPUT_CHARACTERS,
    options.maxOutputCharacters ?? MAX_OUTPUT_CHARACTERS,
  );
  const fixed = [head, ...sections.map(({ title }) => `${title}:\n`), ...tail].join('\n').length;
  const shares = shareBudget(
    sections.map(({ text }) => text.length),
    limit - fixed - sections.length,
  );
  const parts = sections.map(
    ({ title, text }, index) => `${title}:\n${cutText(text, shares[index] ?? 0)}`,
  );
  return cutText([head, ...parts, ...tail].join('\n'), limit);
}

/** The text form of a bundle: plain before Markdown before LaTeX before JSON. */
export function textOf(bundle: MimeBundle): string | undefined {
  for (const type of ['text/plain', 'text/markdown', 'text/latex']) {
    const value = bundle[type];
    if (typeof value === 'string') return value;
  }
  if ('application/json' in bundle) return JSON.stringify(bundle['application/json']);
  const types = Object.keys(bundle);
  return types.length > 0 ? `(${types.join(', ')})` : undefined;
}

function sectionsOf(execution: Execution): Section[] {
  const sections: Section[] = [];
  const add = (title: string, text: string | undefined) => {
    const trimmed = text?.replace(/\s+$/, '');
    if (trimmed) sections.push({ title, text: trimmed });
  };
  add('stdout', execution.stdout);
  add('stderr', execution.stderr);
  for (const display of execution.displays) if (!imageOf(display)) add('display', textOf(display));
  if (execution.result && !imageOf(execution.result)) add('result', textOf(execution.result));
  add('traceback', execution.error?.traceback);
  return sections;
}

function tailLines(execution: Execution, options: FormatOptions, isSilent: boolean): string[] {
  const images = imagesLines(options);
  const printedNothing =
    isSilent && images.length === 0 && execution.status === 'ok'
      ? ['The code printed nothing and its last line is no expression with a value.']
      : [];
  return [
    ...printedNothing,
    ...images,
    ...(execution.truncated ? ['Output was too long for the sandbox: its middle was lost.'] : []),
    ...adviceFor(execution, options.timeoutMs),
    ...(options.notes ?? []).map((note) => `Note: ${note}`),
    ...lastLine(execution, options.changes),
  ];
}

function lastLine(execution: Execution, changes: FormatOptions['changes']): string[] {
  if (changes === undefined) return filesParts(execution.files);
  return [changesLine(execution, changes === 'unknown' ? undefined : changes)];
}

function imagesLines({ images, imagesAttached = true }: FormatOptions): string[] {
  if (!images) return [];
  const count = images.images.length + images.leftOut;
  if (count === 0) return [];
  if (!imagesAttached) return [`images: ${count}, shown to the user but not to you`];
  const lines = [`images: ${images.images.length} attached`];
  if (images.leftOut > 0) {
    lines.push(
      `${images.leftOut} more were left out as too many or too large: lower the dpi or make fewer.`,
    );
  }
  return lines;
}
