import type { SurvivalReport } from '@belljar/core';

/** What a wake could not carry over: a kind and a sentence for each. Not safe for a terminal yet. */
export function survivalRows(
  survival: SurvivalReport | undefined,
): ['lost' | 'diverged' | 'note', string][] {
  const { lost = [], diverged = [], notes = [] } = survival ?? {};
  return [
    ...lost.map(({ name, type, reason }): ['lost', string] => [
      'lost',
      `${name}${inBrackets(type ? [type] : [])}: ${reason}`,
    ]),
    ...diverged.map(({ executionId, variables, reason }): ['diverged', string] => [
      'diverged',
      `execution ${executionId}: ${reason}${inBrackets(variables)}`,
    ]),
    ...notes.map((text): ['note', string] => ['note', text]),
  ];
}

const inBrackets = (words: readonly string[]): string =>
  words.length > 0 ? ` (${words.join(', ')})` : '';
