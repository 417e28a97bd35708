/** Whether an execution that ran again came out as the journal says, and where it did not. */
import type { ExecutionRecord } from '@belljar/store';
import type { RunOutcome } from '../runtimes/runtime.js';
import { type PlainExecution, sha256 } from './execution-record.js';

/** Where an object lies in memory is another place each time, and no part of its value. */
const withoutAddresses = (value: unknown): string =>
  JSON.stringify(value ?? null).replaceAll(/\b0x[0-9a-f]+\b/gi, '0x');

const byName = (a: string[], b: string[]): number => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1);

const recordedFiles = ({ files }: ExecutionRecord): string[][] =>
  files.map((file) => [file.name, file.change, file.sha256]).sort(byName);

const filesNow = ({ files }: RunOutcome): string[][] =>
  files
    .map(({ name, change, content, sha256: hash }) => {
      return [name, change, content ? sha256(content) : (hash ?? '')];
    })
    .sort(byName);

/** Says what differs, in a few words; undefined when nothing does. */
export function replayDifference(entry: ExecutionRecord, outcome: RunOutcome): string | undefined {
  const before = entry.outcome as PlainExecution;
  const differs = (then: unknown, now: unknown): boolean =>
    withoutAddresses(then) !== withoutAddresses(now);
  if (before.status !== outcome.status) {
    return `its status is '${outcome.status}' and was '${before.status}'`;
  }
  const parts = [
    differs(before.outputs, outcome.outputs) && 'output',
    differs(before.result, outcome.result) && 'result',
    differs(before.error, outcome.error) && 'error',
    differs(recordedFiles(entry), filesNow(outcome)) && 'files',
  ].filter((part) => part !== false);
  if (parts.length === 0) return undefined;
  return `it came out with another ${parts.join(' and ')} when it ran again`;
}
