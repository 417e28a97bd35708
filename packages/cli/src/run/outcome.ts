/** How an execution ended: exit status, and a sentence for each thing that a user has to know. */
import type { Execution, SurvivalReport } from '@belljar/core';
import { formatBytes } from '@belljar/core/tool';
import { EXIT } from '../exit-status.js';
import { survivalRows } from '../terminal/survival-rows.js';

const SURVIVAL_SHOWN = 10;

/** A bare `sys.exit()` is a good end; which other number the code chose does not become ours. */
export function leftWell({ status, error }: Execution): boolean {
  return (
    status === 'error' && error?.name === 'SystemExit' && /^(|0|None|False)$/.test(error.message)
  );
}

export function exitStatusOf(execution: Execution): number {
  switch (execution.status) {
    case 'ok':
      return EXIT.ok;
    case 'error':
      return leftWell(execution) ? EXIT.ok : EXIT.codeFailed;
    case 'timeout':
      return EXIT.timeout;
    case 'cancelled':
      return EXIT.interrupted;
    case 'out-of-memory':
    case 'limit':
      return EXIT.limit;
    case 'crashed':
      return EXIT.crashed;
  }
}

/** What stderr shows of an exception: as Python shows it, so `sys.exit('text')` is its text. */
export function tracebackOf(execution: Execution): string | undefined {
  const { status, error } = execution;
  if (status !== 'error' || error === undefined || leftWell(execution)) return undefined;
  if (error.name !== 'SystemExit') return error.traceback;
  return /^-?\d+$/.test(error.message) ? undefined : error.message;
}

export function sentencesOf(execution: Execution, timeoutMs: number): string[] {
  const sentences: string[] = [];
  const end = endSentence(execution, timeoutMs);
  if (end !== undefined) sentences.push(end);
  if (execution.truncated) {
    sentences.push('the code printed or showed more than is kept; the middle was left out.');
  }
  if (execution.leftovers.length > 0) {
    const commands = execution.leftovers.slice(0, 5).map(({ command }) => command);
    const count = execution.leftovers.length;
    sentences.push(
      `${count} ${count === 1 ? 'process' : 'processes'} that the code left running ended with it: ${commands.join(', ')}`,
    );
  }
  return [...sentences, ...survivalSentences(execution.survival)];
}

/** What a wake before it could not carry over. */
function survivalSentences(survival: SurvivalReport | undefined): string[] {
  const sentences = survivalRows(survival).map(([kind, text]) => `${kind.toUpperCase()}: ${text}`);
  const rest = sentences.length - SURVIVAL_SHOWN;
  if (rest <= 0) return sentences;
  return [...sentences.slice(0, SURVIVAL_SHOWN), `and ${rest} more: belljar get shows them all`];
}

function endSentence(execution: Execution, timeoutMs: number): string | undefined {
  const { status, limit, error } = execution;
  switch (status) {
    case 'ok':
    case 'error':
    case 'cancelled': // said by what interrupted
      return undefined;
    case 'timeout':
      return `TIMEOUT: the code took longer than ${timeoutMs / 1_000} s and was ended. Give it more with --timeout.`;
    case 'out-of-memory':
      return 'OUT_OF_MEMORY: the code needed more memory than its sandbox may have. run and create give more with --memory.';
    case 'limit':
      return `LIMIT: the code went over ${limit ? `${limit.name} (${limitValue(limit)})` : 'a limit'} and was ended.`;
    case 'crashed':
      return `CRASHED: ${error?.message ?? 'the interpreter is gone.'}`;
  }
}

const limitValue = ({ name, value }: { name: string; value: number }): string =>
  name.endsWith('Bytes') ? formatBytes(value) : String(value);
