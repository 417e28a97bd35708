/** Literal search in the workspace, by the sandbox's own `grep`. */
import { basename } from 'node:path/posix';
import type { Sandbox } from '@belljar/core';
import { cutText } from '@belljar/core/tool';
import type { GrepMatch, GrepResult } from 'deepagents';
import { answerSize } from './answer-size.js';
import { matchesPattern, type NamedFolder, pathIn, relativeTo } from './workspace-paths.js';

const COMMAND = 'grep -rIHnF -e "$PATTERN" -- "$PLACE"';
const LINE = /^\.\/(.*?):(\d+):(.*)$/s;
/** A line of JSON may be the whole file. */
const LINE_CHARACTERS = 500;

/** Matches in text files, at most `maxCharacters` of paths and lines. Links are not followed. */
export async function searchFiles(
  sandbox: Sandbox,
  pattern: string,
  place: NamedFolder,
  glob: string | null,
  maxCharacters: number,
  signal?: AbortSignal,
): Promise<GrepResult> {
  const environment = { PATTERN: pattern, PLACE: `./${place.name}` };
  const result = await sandbox.shell(COMMAND, { environment, signal });
  const wasEnded = result.status !== 'ok' && result.status !== 'error';
  // 1 is: nothing found. More: something could not be searched.
  if (wasEnded || (result.stdout === '' && (result.exitCode ?? 0) > 1)) {
    return { error: cutText(`Cannot search ${place.path}: ${result.stderr.trim()}`, 500) };
  }
  const matches = result.stdout.split('\n').flatMap((line) => {
    const [, name = '', number, text = ''] = LINE.exec(line) ?? [];
    if (number === undefined || !isWanted(place, name, glob)) return [];
    return [
      { path: pathIn(place, name), line: Number(number), text: cutText(text, LINE_CHARACTERS) },
    ];
  });
  matches.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
  const count = fittingCount(matches, maxCharacters);
  const isCut = count < matches.length || result.truncated;
  return { matches: matches.slice(0, count), ...(isCut && { truncated: true }) };
}

function fittingCount(matches: readonly GrepMatch[], maxCharacters: number): number {
  let left = maxCharacters;
  const first = matches.findIndex(({ path, text }) => {
    left -= answerSize(path) + answerSize(text);
    return left < 0;
  });
  return first < 0 ? matches.length : first;
}

/** A pattern without a folder is about the file's own name. */
function isWanted(place: NamedFolder, name: string, glob: string | null): boolean {
  if (!glob) return true;
  return matchesPattern(glob.includes('/') ? relativeTo(place, name) : basename(name), glob);
}
