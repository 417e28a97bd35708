/** A checkpoint's manifest: what there is and in which blobs. Made and read by the engine alone. */
import { BelljarError } from '../errors.js';
import type { SandboxState, StatePiece } from '../runtimes/sandbox-state.js';

const VERSION = 1;
/** It names blobs that have it, one after the other. */
const IN_PARTS = 2;
/** A store takes 8 MiB; 10,000 files with names as long as may be have more. */
const MOST_BYTES = 4 * 1024 * 1024;

function* piecesOf({ memory, workspace }: SandboxState): Generator<StatePiece> {
  for (const part of [...(memory ?? []), ...workspace]) yield* part.pieces;
}

/** SHA-256 of each blob that the state is made of, once. */
export function blobsOf(state: SandboxState): Set<string> {
  return new Set(Array.from(piecesOf(state), ({ sha256 }) => sha256));
}

export interface KeptManifest {
  manifest: Uint8Array;
  /** All that the checkpoint points to. */
  blobs: string[];
}

/** One that is larger than a checkpoint may have is kept in blobs of its own, and names them. */
export async function keepManifest(
  state: SandboxState,
  put: (contents: Uint8Array[]) => Promise<string[]>,
): Promise<KeptManifest> {
  const whole = Buffer.from(JSON.stringify({ version: VERSION, state }));
  const blobs = [...blobsOf(state)];
  if (whole.length <= MOST_BYTES) return { manifest: whole, blobs };
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < whole.length; offset += MOST_BYTES) {
    pieces.push(whole.subarray(offset, offset + MOST_BYTES));
  }
  const parts = await put(pieces);
  const manifest = Buffer.from(JSON.stringify({ version: IN_PARTS, parts }));
  return { manifest, blobs: [...blobs, ...parts] };
}

/** The store has checked that it is what was written. */
export async function readManifest(
  manifest: Uint8Array,
  get: (sha256: string) => Promise<Uint8Array | undefined>,
): Promise<SandboxState> {
  const { version, state, parts } = parse(manifest);
  if (version === VERSION && state) return state;
  if (version === IN_PARTS && parts) {
    const pieces = await Promise.all(parts.map(get));
    if (pieces.every((piece) => piece !== undefined)) {
      return readManifest(Buffer.concat(pieces), get);
    }
    throw new BelljarError('STORE_CORRUPT', 'A part of a checkpoint is not there.', {
      suggestion: 'Restore the directory from a copy.',
    });
  }
  throw new BelljarError('STORE_CORRUPT', `A checkpoint of format ${version} cannot be read.`, {
    suggestion: 'It was made by a newer Belljar: use that one.',
  });
}

const parse = (manifest: Uint8Array) =>
  JSON.parse(Buffer.from(manifest).toString()) as {
    version: number;
    state?: SandboxState;
    parts?: string[];
  };
