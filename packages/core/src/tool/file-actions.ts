/** What the file tools do, and what a model reads of it. */
import { FILES_LIMIT_BYTES } from '../limits.js';
import type { FileInfo, Sandbox } from '../sandbox.js';
import { workspacePath } from './file-path.js';
import { MAX_FILES_LISTED, MAX_LINE_CHARACTERS, MAX_LINES_READ } from './limits.js';
import { formatBytes } from './quantities.js';
import { readLines } from './read-lines.js';

/** A mistake of the model: said to it, and nothing is done. */
export class Refused extends Error {}

export async function listFolder(
  sandbox: Sandbox,
  input: {
    path?: string | undefined;
    recursive?: boolean | undefined;
    offset?: number | undefined;
  },
): Promise<string> {
  const path = workspacePath(input.path ?? '');
  const offset = Math.trunc(input.offset ?? 0);
  const entries = await sandbox.files.list(path, { recursive: input.recursive ?? false });
  if (entries.length === 0) return 'The folder is empty.';
  const page = entries.slice(offset, offset + MAX_FILES_LISTED);
  const next = offset + page.length;
  const rest =
    next < entries.length
      ? [`${entries.length - next} more: call again with offset ${next}.`]
      : [`${entries.length} in all.`];
  return [...page.map(entryLine), ...rest].join('\n');
}

export async function readPage(
  sandbox: Sandbox,
  input: { path: string; offset?: number | undefined; limit?: number | undefined },
  maxCharacters: number,
): Promise<string> {
  const path = workspacePath(input.path);
  const info = await sandbox.files.stat(path);
  if (info === null)
    throw new Refused(`There is no file '${path}': list_files shows what there is.`);
  if (info.type !== 'file') throw new Refused(`'${path}' is a ${info.type}, not a file.`);
  if (info.sizeBytes > FILES_LIMIT_BYTES) {
    throw new Refused(
      `'${path}' has ${count(info.sizeBytes)} bytes; read_file takes ${count(FILES_LIMIT_BYTES)} at most. Read parts of it with code.`,
    );
  }
  const firstLine = Math.trunc(input.offset ?? 1);
  const { lines, totalLines, isBinary } = await readLines(sandbox.files.readStream(path), {
    firstLine,
    maxLines: Math.min(Math.trunc(input.limit ?? MAX_LINES_READ), MAX_LINES_READ),
    maxCharacters: maxCharacters - 200, // for the last line
    maxLineCharacters: Math.min(MAX_LINE_CHARACTERS, maxCharacters - 200),
  });
  if (isBinary) {
    throw new Refused(
      `'${path}' is no UTF-8 text (${formatBytes(info.sizeBytes)}): read it with code.`,
    );
  }
  if (totalLines === 0) return 'The file is empty.';
  if (lines.length === 0) {
    throw new Refused(
      `'${path}' has ${count(totalLines)} lines; offset ${firstLine} is beyond them.`,
    );
  }
  const last = firstLine + lines.length - 1;
  const next = last < totalLines ? `; call again with offset ${last + 1} for more` : '';
  return `${lines.join('\n')}\n[lines ${count(firstLine)} to ${count(last)} of ${count(totalLines)}${next}]`;
}

export async function writeFile(
  sandbox: Sandbox,
  input: { path: string; content: string },
): Promise<string> {
  const path = workspacePath(input.path);
  const content = Buffer.from(input.content);
  if (content.byteLength > FILES_LIMIT_BYTES) {
    throw new Refused(
      `'${path}' would have ${count(content.byteLength)} bytes; write_file takes ${count(FILES_LIMIT_BYTES)} at most. Write parts of it, or make it with code.`,
    );
  }
  const before = await sandbox.files.stat(path);
  await sandbox.files.write(path, content);
  const change = before === null ? 'created' : 'changed';
  return `files: ${path} (${change}, ${formatBytes(content.byteLength)})`;
}

function entryLine({ name, type, sizeBytes }: FileInfo): string {
  const shown = name.replace(/\n/g, '\\n');
  if (type === 'file') return `${shown} (${formatBytes(sizeBytes)})`;
  return type === 'directory' ? `${shown}/` : `${shown} (${type})`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
