/** An execution as an agent's state keeps it: plain JSON, names and cut text, never file bytes. */
import type { Execution, ExecutionError, ExecutionStatus, OutputFile } from '../execution.js';
import type { ImageMediaType, ModelImage } from './choose-images.js';
import { cutText, jsonBytes } from './cut-text.js';
import { textOf } from './format-execution.js';
import { MAX_FILES_SUMMARIZED, MAX_SUMMARY_BYTES } from './limits.js';
import type { VariableChanges } from './variable-changes.js';

export type SummarizedFile = Pick<OutputFile, 'name' | 'sizeBytes' | 'mimeType' | 'change'> & {
  omitted?: true | undefined;
};

export interface SummarizedImage {
  mediaType: ImageMediaType;
  sizeBytes: number;
  /** Base64. Absent where the model has it, or where the summary has no room for it. */
  data?: string | undefined;
}

export interface ExecutionSummary {
  executionId: string;
  sandboxId: string;
  status: ExecutionStatus;
  rolledBack: boolean;
  /** Head and tail, as are all texts here. */
  stdout: string;
  stderr: string;
  /** The last expression's value as text. */
  result: string | undefined;
  error: ExecutionError | undefined;
  limit: Execution['limit'];
  /** The first 100. */
  files: SummarizedFile[];
  filesLeftOut: number;
  images: SummarizedImage[];
  /** Names. Undefined where it is not known which changed. */
  variables: { created: string[]; changed: string[]; removed: string[] } | undefined;
  usage: Execution['usage'];
  isolation: Pick<Execution['isolation'], 'level' | 'weakened'>;
}

export interface SummaryOptions {
  sandboxId: string;
  changes: VariableChanges | undefined;
  /** Images that the user is shown and the model is not: their data is kept while there is room. */
  images: readonly ModelImage[];
  keepImageData: boolean;
  /** Bytes of JSON, images included. */
  maxBytes: number;
}

/** At most `maxBytes` of JSON, and without images at most `MAX_SUMMARY_BYTES`. */
export function summarizeExecution(
  execution: Execution,
  options: SummaryOptions,
): ExecutionSummary {
  const most = Math.min(MAX_SUMMARY_BYTES, options.maxBytes);
  let characters = 4_000;
  let names = MAX_FILES_SUMMARIZED;
  let summary = compose(execution, options, characters, names);
  while (jsonBytes(summary) > most && characters > 50) {
    characters = Math.floor(characters / 2);
    names = Math.ceil(names / 2);
    summary = compose(execution, options, characters, names);
  }
  if (options.keepImageData) addImageData(summary, options);
  return summary;
}

function compose(
  execution: Execution,
  { sandboxId, changes, images }: SummaryOptions,
  characters: number,
  names: number,
): ExecutionSummary {
  const { error, result, files, isolation } = execution;
  const cut = (text: string) => cutText(text, characters);
  const first = (list: readonly string[]) => list.slice(0, names).map((name) => cutText(name, 200));
  const variables = changes && {
    created: first(changes.created.map(({ name }) => name)),
    changed: first(changes.changed.map(({ name }) => name)),
    removed: first(changes.removed),
  };
  const text = result && textOf(result);
  return {
    executionId: execution.id,
    sandboxId,
    status: execution.status,
    rolledBack: execution.rolledBack,
    stdout: cut(execution.stdout),
    stderr: cut(execution.stderr),
    result: text === undefined ? undefined : cut(text),
    error: error && {
      name: cutText(error.name, 200),
      message: cut(error.message),
      traceback: cut(error.traceback),
    },
    limit: execution.limit,
    files: files.slice(0, names).map(({ name, sizeBytes, mimeType, change, omitted }) => ({
      name: cutText(name, 1_000),
      sizeBytes,
      mimeType,
      change,
      ...(omitted && { omitted }),
    })),
    filesLeftOut: Math.max(0, files.length - names),
    images: images.map(({ mediaType, sizeBytes }) => ({ mediaType, sizeBytes })),
    variables,
    usage: execution.usage,
    isolation: { level: isolation.level, weakened: isolation.weakened },
  };
}

/** The smallest first, so that as many as can be are whole. */
function addImageData(summary: ExecutionSummary, { images, maxBytes }: SummaryOptions): void {
  let left = maxBytes - jsonBytes(summary);
  const order = [...images.keys()].sort(
    (a, b) => (images[a]?.sizeBytes ?? 0) - (images[b]?.sizeBytes ?? 0),
  );
  for (const index of order) {
    const [image, kept] = [images[index], summary.images[index]];
    const bytes = (image?.data.length ?? 0) + ',"data":""'.length;
    if (!image || !kept || bytes > left) return;
    kept.data = image.data;
    left -= bytes;
  }
}
