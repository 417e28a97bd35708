/** `belljar import`: the new id on stdout, as of `create`. */
import { Readable } from 'node:stream';
import { usageFailure } from '../failure.js';
import type { StoreFlags } from '../options/store-options.js';
import { contentOf, requireReadable } from '../run/input-files.js';
import { nothingReady, withKeptEngine } from './kept-engine.js';
import { printNew } from './print-new.js';

export async function importCommand(path: string, flags: StoreFlags): Promise<void> {
  const stream = path === '-' ? readInput() : await readFile(path);
  const info = await withKeptEngine(
    flags,
    nothingReady,
    async (engine) => (await engine.importSandbox(stream)).info,
  );
  printNew(info, flags);
}

function readInput(): ReadableStream<Uint8Array> {
  if (process.stdin.isTTY) throw usageFailure('No file is given, and nothing comes by a pipe.');
  return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
}

async function readFile(path: string): Promise<ReadableStream<Uint8Array>> {
  await requireReadable(path);
  return contentOf(path);
}
