/** The last line of an answer: what changed in the sandbox. */
import type { Execution, OutputFile } from '../execution.js';
import type { Variable } from '../sandbox.js';
import { cutText } from './cut-text.js';
import { MAX_FILES_NAMED, MAX_VARIABLES_NAMED } from './limits.js';
import { formatBytes } from './quantities.js';
import type { VariableChanges } from './variable-changes.js';

const NAME_CHARACTERS = 60;
const FILE_NAME_CHARACTERS = 200;

/**
 * `new: df (1,200 × 8) · changed: model (LinearModel) · files: out/a.csv (created, 3 bytes)`.
 * `variables` undefined: it is not known which changed.
 */
export function changesLine(
  { rolledBack, files }: Pick<Execution, 'rolledBack' | 'files'>,
  variables: VariableChanges | undefined,
): string {
  if (rolledBack) return 'changed: nothing';
  const parts = [
    ...(variables ? variableParts(variables) : ['variables: not compared']),
    ...filesParts(files),
  ];
  return parts.length > 0 ? parts.join(' · ') : 'changed: nothing';
}

/** `files: out/a.csv (created, 3 bytes)`, or nothing. */
export function filesParts(files: readonly OutputFile[]): string[] {
  const named = files.map(({ name, change, sizeBytes, omitted }) => {
    const size = change === 'removed' ? '' : `, ${formatBytes(sizeBytes)}`;
    const kept = omitted ? ', too large to hand over, stays in the sandbox' : '';
    return `${oneLine(name, FILE_NAME_CHARACTERS)} (${change}${size}${kept})`;
  });
  return part('files', named, MAX_FILES_NAMED);
}

function variableParts({ created, changed, removed }: VariableChanges): string[] {
  return [
    ...part('new', created.map(described), MAX_VARIABLES_NAMED),
    ...part('changed', changed.map(described), MAX_VARIABLES_NAMED),
    ...part(
      'removed',
      removed.map((name) => oneLine(name, NAME_CHARACTERS)),
      MAX_VARIABLES_NAMED,
    ),
  ];
}

function part(title: string, named: readonly string[], most: number): string[] {
  if (named.length === 0) return [];
  const rest = named.length - most;
  return [`${title}: ${named.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`];
}

/** The name with its shape where it has one, else with its type. */
function described({ name, type, preview }: Variable): string {
  const kind = shapeOf(type, preview) ?? type.split('.').at(-1) ?? type;
  return `${oneLine(name, NAME_CHARACTERS)} (${oneLine(kind, NAME_CHARACTERS)})`;
}

/** From previews such as `1,200 × 8: a, b` and `(3, 4) float64`. */
function shapeOf(type: string, preview: string): string | undefined {
  if (/^(pandas|polars)\./.test(type)) return /^[\d,]+(?: × [\d,]+)*/.exec(preview)?.[0];
  if (type !== 'numpy.ndarray') return undefined;
  const numbers = /^\(([\d, ]*)\)/.exec(preview)?.[1]?.match(/\d+/g);
  return numbers?.map((number) => Number(number).toLocaleString('en-US')).join(' × ');
}

/** Names come from a sandbox: none may begin a line of its own. */
function oneLine(text: string, maxCharacters: number): string {
  const visible = text.replace(/\p{Cc}|[\u2028\u2029]/gu, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return cutText(visible, maxCharacters).replace(/\n/g, ' ');
}
