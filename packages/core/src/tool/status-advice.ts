/** How an execution ended and what to do next, in sentences for the model. */
import type { Execution } from '../execution.js';
import { cutText } from './cut-text.js';
import { formatBytes, formatDuration } from './quantities.js';

/** `status: ok`, `status: error (ValueError: …)`, `status: limit (processes: 64)`. */
export function statusLine({ status, error, limit }: Execution): string {
  if (status === 'error' && error) {
    return `status: error (${cutText(`${error.name}: ${error.message}`.replace(/\s+/g, ' '), 300)})`;
  }
  if (status === 'limit' && limit) {
    const value = limit.name.endsWith('Bytes') ? formatBytes(limit.value) : limit.value;
    return `status: limit (${limit.name}: ${value})`;
  }
  return `status: ${status}`;
}

/** What happened to the sandbox and what to do next; nothing for a plain success. */
export function adviceFor(execution: Execution, timeoutMs?: number): string[] {
  const sentences: string[] = [];
  const next = nextStep(execution, timeoutMs);
  if (next !== undefined) sentences.push(next);
  if (execution.rolledBack) {
    sentences.push('Nothing of this call stayed: variables and files are as they were before it.');
  } else if (execution.status !== 'ok') {
    const until = execution.status === 'error' ? 'before the error' : 'until then';
    sentences.push(`Variables and files that were set ${until} stay.`);
  }
  const lost = execution.survival?.lost ?? [];
  if (lost.length > 0) sentences.push(lostSentence(lost));
  const diverged = (execution.survival?.diverged ?? []).flatMap(({ variables }) => variables);
  if (diverged.length > 0) {
    const names = [...new Set(diverged)].slice(0, 20).join(', ');
    sentences.push(`These variables may have other values than before: ${names}.`);
  }
  if (execution.leftovers.length > 0) {
    sentences.push(
      `${execution.leftovers.length} processes were still running and were ended: wait for them.`,
    );
  }
  return sentences;
}

function nextStep({ status, limit }: Execution, timeoutMs: number | undefined): string | undefined {
  switch (status) {
    case 'ok':
      return undefined;
    case 'error':
      return 'Correct the code and call again.';
    case 'timeout': {
      const time = timeoutMs === undefined ? 'its time' : formatDuration(timeoutMs);
      return `The code took longer than ${time} and was stopped: do less in one call, or faster.`;
    }
    case 'cancelled':
      return 'The call was cancelled by the user.';
    case 'out-of-memory':
      return 'The code needed more memory than there is: work on parts, or with smaller types.';
    case 'crashed':
      return 'The interpreter crashed: do it another way.';
    case 'limit':
      return `The code went over the limit ${limit?.name ?? ''}: stay below it.`.replace(' :', ':');
  }
}

function lostSentence(lost: readonly { name: string; reason: string }[]): string {
  const named = lost.slice(0, 10).map(({ name, reason }) => `${name} (${cutText(reason, 120)})`);
  const rest = lost.length > named.length ? ` and ${lost.length - named.length} more` : '';
  return `These variables were lost and must be made again: ${named.join(', ')}${rest}.`;
}
