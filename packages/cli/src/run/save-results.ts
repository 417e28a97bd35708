/** Saves an execution's files and figures. One that cannot be saved does not stop the others. */
import type { Execution, OutputFile } from '@belljar/core';
import { type Figure, figuresOf } from './figures.js';
import { FolderWriter } from './folder-writer.js';
import { MARK, type OutputFolder } from './output-folder.js';
import { SavedNames } from './saved-name.js';

export interface SavedItem {
  /** The sandbox's file; undefined of a figure. */
  file?: OutputFile;
  figure?: Figure;
  sizeBytes: number;
  /** Absolute path on this machine. */
  savedTo?: string;
  /** Why it is not saved. */
  problem?: string;
}

export interface Saved {
  folder: string | undefined;
  items: SavedItem[];
}

export async function saveResults(execution: Execution, folder: OutputFolder): Promise<Saved> {
  const files = execution.files.filter((file) => file.change !== 'removed');
  const figures = figuresOf(execution);
  if (files.length + figures.length === 0) return { folder: undefined, items: [] };
  const path = await folder();
  await using writer = await FolderWriter.open(path);
  const names = new SavedNames([MARK]);
  const items: SavedItem[] = [];
  for (const file of files) {
    const save = async (): Promise<string> => writer.write(names.of(file.name), file.stream());
    items.push({ file, sizeBytes: file.sizeBytes, ...(await attempt(save)) });
  }
  for (const figure of figures) {
    const save = async (): Promise<string> =>
      writer.write(names.figure(figure.extension), ReadableStream.from([figure.content]));
    const sizeBytes = figure.content.length;
    items.push({ figure, sizeBytes, ...(await attempt(save)) });
  }
  return { folder: path, items };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota is used up',
  EFBIG: 'it is too large',
  ENOTDIR: 'a link or a file stands where its folder has to be',
  ELOOP: 'a link stands where its folder has to be',
  EISDIR: 'a folder stands in its place',
  ENOTEMPTY: 'a folder stands in its place',
  EACCES: 'the folder cannot be written',
  EROFS: 'the folder cannot be written',
};

async function attempt(
  save: () => Promise<string>,
): Promise<{ savedTo: string } | { problem: string }> {
  try {
    return { savedTo: await save() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problem: REASONS[code ?? ''] ?? message };
  }
}
