/** What a model is told about the tool before it writes any code. */
import { DEFAULT_LIMITS, type SandboxLimits } from '../limits.js';
import type { Language } from '../sandbox.js';
import { cutText } from './cut-text.js';
import { MAX_DESCRIPTION_CHARACTERS } from './limits.js';
import type { Environment } from './probe-environment.js';
import { formatBytes, formatDuration } from './quantities.js';

/** The tool's name in every framework. */
export const TOOL_NAME = 'execute_code';

/** What the model is told about the `code` field. */
export const CODE_FIELD_DESCRIPTION =
  'The program as plain source text: no Markdown fence, real line breaks.';

/** What a model reads that sent a call without code. No quotes: frameworks put it into JSON. */
export const MISSING_CODE = 'Send the whole program as a string in the field named code.';

export interface ToolDescriptionOptions {
  /** Default `'python'`. */
  language?: Language | undefined;
  /** What is known of the interpreter. Without it the description names no library. */
  environment?: Partial<Environment> | undefined;
  limits?: Partial<SandboxLimits> | undefined;
  /** Wall time of one call, in ms. Default: that of the limits. */
  timeoutMs?: number | undefined;
}

/** At most 1,500 characters: libraries that do not fit are left out and counted. */
export function describeTool(options: ToolDescriptionOptions = {}): string {
  const libraries = options.environment?.libraries ?? [];
  for (let count = libraries.length; count > 0; count -= 1) {
    const named = libraries.slice(0, count).map(({ name, version }) => `${name} ${version}`.trim());
    const rest = libraries.length - count;
    const list = rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
    const text = compose(options, `Importable besides the standard library: ${list}.`);
    if (text.length <= MAX_DESCRIPTION_CHARACTERS) return text;
  }
  return cutText(compose(options, ''), MAX_DESCRIPTION_CHARACTERS);
}

function compose(options: ToolDescriptionOptions, libraries: string): string {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { language = 'python', environment } = options;
  return [
    ...(language === 'python' ? aboutPython(environment?.version, libraries) : aboutJavascript()),
    `Limits: ${limitsSentence(limits, options.timeoutMs ?? limits.timeoutMs)}.`,
    'A call that goes over one is stopped, and the answer says what became of its variables.',
    'After an exception, what was set before it stays. Each answer ends with what changed.',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function aboutPython(version: string | undefined, libraries: string): string[] {
  return [
    `Runs Python${version ? ` ${version}` : ''} code in a private sandbox and returns what it printed and its results.`,
    'Variables, functions, imports and files persist from one call to the next, as in a notebook.',
    'The value of the last expression and all matplotlib figures come back; figures as images. Top-level await works.',
    'Read and write files in the working directory, by relative path; scratch files in $TMPDIR.',
    libraries,
    'There is no network and no pip install: use what is there. input() does not work.',
  ];
}

/** The isolates are of the V8 that this process has. */
function aboutJavascript(): string[] {
  const v8 = process.versions.v8.split('.').slice(0, 2).join('.');
  return [
    `Runs JavaScript or TypeScript code (V8 ${v8}) in a private sandbox and returns what it printed and its results.`,
    'Variables, functions, classes, imports and files persist from one call to the next, as in a REPL; a name may be declared again.',
    'The value of the last expression comes back. Top-level await works.',
    'Read and write files in the working directory, by relative path, with fs.',
    'Modules, by import or require: assert, buffer, crypto, events, fs, path, timers, url, util.',
    'There is no network, no npm install and no other program: use what is there.',
  ];
}

function limitsSentence(limits: SandboxLimits, timeoutMs: number): string {
  return [
    `${formatDuration(timeoutMs)} for a call`,
    `${formatBytes(limits.memoryBytes)} of memory`,
    `${limits.cpus} CPU${limits.cpus === 1 ? '' : 's'}`,
    `${formatBytes(limits.workspaceBytes)} and ${limits.workspaceFiles.toLocaleString('en-US')} files`,
  ].join(', ');
}
