/** Content of files, within the 100 MB rule, with the error codes of the deepagents protocol. */
import { BelljarError, FILES_LIMIT_BYTES, type Sandbox } from '@belljar/core';
import type { FileDownloadResponse } from 'deepagents';
import { workspaceName } from './workspace-paths.js';

type Problem = NonNullable<FileDownloadResponse['error']>;

/** True for what only the caller can mend: a wrong name, no room. */
export function isRefusal(error: unknown): error is BelljarError {
  return (
    BelljarError.isInstance(error) &&
    (error.code === 'INVALID_ARGUMENT' || error.code === 'FILES_LIMIT')
  );
}

/** Throws `FILES_LIMIT` when the files of one request are too large together. */
export function checkTotal(sizesBytes: readonly number[]): void {
  const totalBytes = sizesBytes.reduce((sum, size) => sum + size, 0);
  if (totalBytes <= FILES_LIMIT_BYTES) return;
  throw new BelljarError(
    'FILES_LIMIT',
    `The files have ${totalBytes} bytes; one request takes ${FILES_LIMIT_BYTES}.`,
    {
      suggestion: 'Take fewer at once, or parts of them.',
      details: { totalBytes, limitBytes: FILES_LIMIT_BYTES },
    },
  );
}

/** A regular file that a path means, or why it means none. */
export type Found = { name: string; sizeBytes: number } | Problem;

export async function findFile(sandbox: Sandbox, path: string): Promise<Found> {
  const name = await workspaceName(sandbox, path);
  if (name === undefined) return 'invalid_path';
  if (name === '') return 'is_directory';
  try {
    const there = await sandbox.files.stat(name);
    if (there === null) return 'file_not_found';
    if (there.type === 'directory') return 'is_directory';
    return there.type === 'file' ? { name, sizeBytes: there.sizeBytes } : 'permission_denied';
  } catch (error) {
    if (isRefusal(error)) return 'invalid_path';
    throw error;
  }
}

export async function downloadFile(
  sandbox: Sandbox,
  path: string,
  found: Found,
): Promise<FileDownloadResponse> {
  if (typeof found === 'string') return { path, content: null, error: found };
  try {
    return { path, content: await sandbox.files.read(found.name), error: null };
  } catch (error) {
    if (isRefusal(error)) return { path, content: null, error: 'permission_denied' };
    throw error;
  }
}

/** Null when it is written. Throws `FILES_LIMIT` when the workspace has no room. */
export async function uploadFile(
  sandbox: Sandbox,
  path: string,
  content: Uint8Array,
): Promise<Problem | null> {
  const name = await workspaceName(sandbox, path);
  if (name === undefined) return 'invalid_path';
  if (name === '') return 'is_directory';
  try {
    await sandbox.files.write(name, content);
    return null;
  } catch (error) {
    if (!isRefusal(error) || error.code === 'FILES_LIMIT') throw error;
    const found = await findFile(sandbox, path);
    return found === 'is_directory' ? found : 'invalid_path';
  }
}

/** The codes in words, for a model. */
export function sentenceFor(path: string, problem: Problem): string {
  switch (problem) {
    case 'file_not_found':
      return `File '${path}' not found`;
    case 'is_directory':
      return `'${path}' is a directory`;
    case 'permission_denied':
      return `'${path}' is no regular file, or may not be read`;
    case 'invalid_path':
      return `'${path}' is not a path of a file: it must have no '..' and no file in place of a folder`;
  }
}
