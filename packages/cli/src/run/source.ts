/** The code to run, from a file or from standard input. */
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { DEFAULT_LIMITS, type Language } from '@belljar/core';
import { EXIT } from '../exit-status.js';
import { CommandFailure, usageFailure } from '../failure.js';
import { note } from '../terminal/print.js';

const LANGUAGES: Readonly<Record<string, Language>> = {
  '.py': 'python',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.ts': 'javascript',
  '.mts': 'javascript',
};

export function languageOf(path: string, asked: Language | undefined): Language {
  const language = asked ?? (path === '-' ? 'python' : LANGUAGES[extname(path).toLowerCase()]);
  if (language !== undefined) return language;
  throw usageFailure(`The language of '${path}' is not known from its name. Give --language.`);
}

export async function readCode(path: string): Promise<string> {
  const bytes = path === '-' ? await readInput() : await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageFailure(`'${path}' is not text in UTF-8.`);
  }
}

function readInput(): Promise<Buffer> {
  if (process.stdin.isTTY) note('reading the code from the terminal; Ctrl-D ends it.');
  return readAll(process.stdin, 'Standard input');
}

async function readFile(path: string): Promise<Buffer> {
  try {
    return await readAll(createReadStream(path), `'${path}'`);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
}

async function readAll(stream: AsyncIterable<Buffer>, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > DEFAULT_LIMITS.codeBytes) {
      const most = DEFAULT_LIMITS.codeBytes.toLocaleString('en');
      throw usageFailure(`${what} has more than ${most} bytes of code. Give data with --file.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
  ENOTDIR: 'a part of the path is no folder',
};

export function unreadable(path: string, error: NodeJS.ErrnoException): CommandFailure {
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return new CommandFailure('USAGE', EXIT.usage, `'${path}' cannot be read: ${reason}.`, error);
}
