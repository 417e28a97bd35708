/** Puts a checkpoint into a sandbox that was just born: the workspace first, then the memory. */
import type {
  RestoreOptions,
  SandboxState,
  StatePiece,
  StateSource,
  WorkspaceEntry,
} from '../sandbox-state.js';
import type { KeeperLink } from './keeper-link.js';

/** Files that are on their way at the same time; larger ones go by themselves. */
const FILES_AT_ONCE = 64;
const SMALL_FILE_BYTES = 1024 * 1024;
const ENTRIES_AT_ONCE = 200;
/** Pieces that are read while one is sent. */
const READ_AHEAD = 8;

/** The pieces' content in order, some of it read ahead. Each is done with when the next is asked for. */
async function* contentOf(
  pieces: readonly StatePiece[],
  source: StateSource,
): AsyncGenerator<Uint8Array> {
  const reading: Promise<Uint8Array>[] = [];
  let done = 0;
  const begin = (piece: StatePiece | undefined): void => {
    if (!piece) return;
    const content = source.get(piece);
    content.catch(() => {});
    reading.push(content);
  };
  try {
    for (const piece of pieces.slice(0, READ_AHEAD)) begin(piece);
    for (const [at, piece] of pieces.entries()) {
      const content = await (reading[at] as Promise<Uint8Array>);
      if (content.byteLength !== piece.sizeBytes) throw new Error('a piece of another size');
      begin(pieces[at + READ_AHEAD]);
      yield content;
      source.done(piece);
      done += 1;
    }
  } finally {
    for (const piece of pieces.slice(done, reading.length)) source.done(piece);
  }
}

const sizeOf = (pieces: readonly StatePiece[]): number =>
  pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);

export async function sendContent(
  link: KeeperLink,
  header: object,
  pieces: readonly StatePiece[],
  source: StateSource,
): Promise<void> {
  await link.stream(header, sizeOf(pieces), contentOf(pieces, source));
}

async function sendSmall(
  link: KeeperLink,
  header: object,
  piece: StatePiece,
  source: StateSource,
): Promise<void> {
  try {
    await link.order(header, await source.get(piece));
  } finally {
    source.done(piece);
  }
}

async function writeFiles(link: KeeperLink, files: WorkspaceEntry[], source: StateSource) {
  const header = ({ name, mode, modifyMs }: WorkspaceEntry) => {
    return { t: 'write', name, mode, modifyMs, kept: true };
  };
  const isSmall = ({ sizeBytes, pieces }: WorkspaceEntry): boolean =>
    sizeBytes <= SMALL_FILE_BYTES && pieces.length <= 1;
  const small = files.filter(isSmall);
  for (let at = 0; at < small.length; at += FILES_AT_ONCE) {
    await Promise.all(
      small.slice(at, at + FILES_AT_ONCE).map(async (file) => {
        const [piece] = file.pieces;
        if (!piece) await link.order(header(file));
        else await sendSmall(link, header(file), piece, source);
      }),
    );
  }
  for (const file of files) {
    if (isSmall(file)) continue;
    await sendContent(link, header(file), file.pieces, source);
  }
}

async function makeEntries(link: KeeperLink, entries: WorkspaceEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
    const some = entries.slice(at, at + ENTRIES_AT_ONCE);
    const plain = some.map(({ name, type, mode, modifyMs, target }) => {
      return { name, type, mode, modifyMs, target };
    });
    await link.order({ t: 'make-entries', entries: plain });
  }
}

export async function restoreWorkspace(
  link: KeeperLink,
  workspace: readonly WorkspaceEntry[],
  source: StateSource,
): Promise<void> {
  const ofType = (type: WorkspaceEntry['type']): WorkspaceEntry[] =>
    workspace.filter((entry) => entry.type === type);
  await writeFiles(link, ofType('file'), source);
  await makeEntries(link, [...ofType('symlink'), ...ofType('fifo')]);
  // The deepest first: what is made in a folder changes its time, and a mode may shut it.
  await makeEntries(link, ofType('directory').reverse());
}

/** Resolves to what the session says of it. */
export async function restoreMemory(
  link: KeeperLink,
  state: SandboxState,
  source: StateSource,
  { reseed, seed }: RestoreOptions,
): Promise<Buffer> {
  const segments = state.memory ?? [];
  const pieces = segments.flatMap((segment) => segment.pieces);
  const header = {
    t: 'restore',
    segments: segments.map(({ sizeBytes, readonly }) => [sizeBytes, readonly]),
    reseed,
    seed: seed ?? null,
  };
  const { payload } = await link.stream(header, sizeOf(pieces), contentOf(pieces, source));
  return payload;
}
