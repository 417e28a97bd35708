/** `--file`: which file of this machine goes where in the workspace. */
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { basename, isAbsolute, normalize } from 'node:path';
import { Readable } from 'node:stream';
import type { InputFile } from '@belljar/core';
import { CommandFailure, usageFailure } from '../failure.js';
import { unreadable } from './source.js';

export interface FileFlag {
  /** Where it is put. The engine checks it. */
  name: string;
  path: string;
}

/**
 * `NAME=PATH`, cut at the first `=`; or `PATH` alone, which keeps its relative place, so that code
 * finds the file where it would outside. What is not below this folder goes by its base name.
 */
export function parseFileFlag(flag: string): FileFlag {
  const cut = flag.indexOf('=');
  const [name, path] = cut < 0 ? [placeOf(flag), flag] : [flag.slice(0, cut), flag.slice(cut + 1)];
  if (name === '' || path === '') {
    throw usageFailure(`--file '${flag}' lacks a name or a path. Give PATH or NAME=PATH.`);
  }
  return { name, path };
}

function placeOf(path: string): string {
  const plain = normalize(path);
  const outside = isAbsolute(plain) || plain.split('/').includes('..');
  return outside ? basename(plain) : plain;
}

/** Files that cannot be read are refused before anything is started. */
export async function inputFiles(flags: readonly string[]): Promise<InputFile[]> {
  const files = flags.map(parseFileFlag);
  for (const { path } of files) await requireReadable(path);
  return files.map(({ name, path }) => ({ name, content: contentOf(path) }));
}

export async function requireReadable(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) throw usageFailure(`'${path}' is a folder: give files.`);
    await access(path, constants.R_OK);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}

export function contentOf(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}
