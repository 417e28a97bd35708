/** Paging of a text file as the deepagents protocol has it: lines from 0, unchanged. */
import { normalizeReadPagination, type ReadResult } from 'deepagents';
import { answerSize, cutAnswer } from './answer-size.js';

/** What deepagents shows in place of an empty file, word for word: it looks for it. */
const EMPTY_FILE = 'System reminder: File exists but has empty contents';

/**
 * The lines from `offset` on, at most `limit` of them and about `maxCharacters` characters: the page
 * ends after a whole line, and `nextOffset` says where the next one begins. Only a line that is
 * longer than a page is cut, in the middle.
 */
export function pageOfLines(
  text: string,
  offset: number,
  limit: number,
  maxCharacters: number,
): ReadResult {
  if (text === '') return { content: EMPTY_FILE };
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const totalLines = lines.length;
  const asked = normalizeReadPagination(offset, limit);
  if (asked.limit === 0) return { content: '' };
  if (asked.offset >= totalLines) {
    return { error: `Line offset ${asked.offset} exceeds file length (${totalLines} lines)` };
  }
  const page = fitting(lines.slice(asked.offset, asked.offset + asked.limit), maxCharacters);
  const end = asked.offset + page.length;
  return {
    content: page.join('\n'),
    totalLines,
    startLine: asked.offset + 1,
    endLine: end,
    nextOffset: end < totalLines ? end : undefined,
  };
}

/** At least one line. */
function fitting(lines: readonly string[], maxCharacters: number): string[] {
  const first = cutAnswer(lines[0] ?? '', maxCharacters);
  const page = [first];
  let left = maxCharacters - answerSize(first);
  for (const line of lines.slice(1)) {
    left -= answerSize(line);
    if (left < 0) break;
    page.push(line);
  }
  return page;
}
