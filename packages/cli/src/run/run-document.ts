/** What `belljar run --json` prints. */
import type { Execution } from '@belljar/core';
import type { Warning } from '../options/open-engine.js';
import type { Saved, SavedItem } from './save-results.js';

interface Ending {
  exitStatus: number;
  saved: Saved | undefined;
  warnings: Warning[];
}

/** The execution as the engine gives it, with paths in place of the files' content. */
export function runDocument(execution: Execution, ending: Ending): Record<string, unknown> {
  const { outputs: _inOrder, files, ...rest } = execution;
  const { exitStatus, saved, warnings } = ending;
  const items = saved?.items ?? [];
  const byName = new Map(items.map((item) => [item.file?.name, item]));
  return {
    ...rest,
    exitStatus,
    files: files.map(({ bytes: _bytes, stream: _stream, ...file }) => ({
      ...file,
      ...placeOf(byName.get(file.name)),
    })),
    figures: items.flatMap((item) =>
      item.figure
        ? [{ mimeType: item.figure.mimeType, sizeBytes: item.sizeBytes, ...placeOf(item) }]
        : [],
    ),
    outputFolder: saved?.folder,
    warnings,
  };
}

const placeOf = (item: SavedItem | undefined): Pick<SavedItem, 'savedTo' | 'problem'> => ({
  savedTo: item?.savedTo,
  problem: item?.problem,
});
