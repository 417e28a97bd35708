/** A checkpoint's manifest: what there is and in which blobs. Made and read by the engine alone. */
import { BelljarError } from '../errors.js';
import type { SandboxState, StatePiece } from '../runtimes/sandbox-state.js';

const VERSION = 1;

function* piecesOf({ memory, workspace }: SandboxState): Generator<StatePiece> {
  for (const part of [...(memory ?? []), ...workspace]) yield* part.pieces;
}

/** SHA-256 of each blob that the state is made of, once. */
export function blobsOf(state: SandboxState): Set<string> {
  return new Set(Array.from(piecesOf(state), ({ sha256 }) => sha256));
}

export function encodeManifest(state: SandboxState): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, state }));
}

/** The store has checked that it is what was written. */
export function decodeManifest(manifest: Uint8Array): SandboxState {
  const { version, state } = JSON.parse(Buffer.from(manifest).toString()) as {
    version: number;
    state: SandboxState;
  };
  if (version === VERSION) return state;
  throw new BelljarError('STORE_CORRUPT', `A checkpoint of format ${version} cannot be read.`, {
    suggestion: 'It was made by a newer Belljar: use that one.',
  });
}
