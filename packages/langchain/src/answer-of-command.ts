/** What a deep agent reads of a command that ran. */
import type { ShellResult } from '@belljar/core';
import { adviceFor, statusLine } from '@belljar/core/tool';
import type { ExecuteResponse } from 'deepagents';
import { cutAnswer } from './answer-size.js';

/** Folders that a sandbox has beside its workspace: a command names them with reason. */
const OUTSIDE = /^\/(?:bin|dev|etc|lib|lib32|lib64|proc|usr|workspace)(?:\/|$)/;
const ABSOLUTE_PATH = /(?<![\w./~-])\/\w[\w./-]*/g;

/**
 * Both streams in the order in which they came, cut in the middle. A command that was ended has no
 * exit code: the answer says why, and what became of its files.
 */
export function answerOfCommand(
  command: string,
  result: ShellResult,
  timeoutMs: number,
  maxCharacters: number,
): ExecuteResponse {
  const printed = result.outputs
    .map((output) => (output.type === 'display' ? '' : output.text))
    .join('');
  const output = cutAnswer(printed, maxCharacters);
  const hasEnded = result.status === 'ok' || result.status === 'error';
  const said = hasEnded ? [] : [statusLine(result)];
  // A command's own failure needs no advice: its message and its exit code say it.
  if (!hasEnded || result.leftovers.length > 0) said.push(...adviceFor(result, timeoutMs));
  if (result.status === 'error') said.push(...pathsNote(command));
  return {
    output: [output.replace(/\n$/, ''), ...said].join('\n'),
    exitCode: hasEnded ? result.exitCode : null,
    truncated: result.truncated || output.length < printed.length,
  };
}

/** Commands see the machine's root, the file tools the workspace: said when it may have mattered. */
function pathsNote(command: string): string[] {
  const [path] = (command.match(ABSOLUTE_PATH) ?? []).filter((found) => !OUTSIDE.test(found));
  if (path === undefined) return [];
  return [
    `Note: commands run in the folder that the file tools show as /. In a command, write ${path} as ${path.slice(1)}.`,
  ];
}
