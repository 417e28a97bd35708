/**
 * Writes below one folder and nowhere else.
 *
 * Boundary: each part of a path is opened by itself, from the folder before it, and no link is
 * followed in any. A file is written beside its place under another name and renamed when whole,
 * which takes the place of a link that stands there instead of writing through it.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

interface Folder {
  handle: FileHandle;
  path: string;
}

/** On Linux a path from the open folder, which nobody can put another in place of. */
function at(folder: Folder, name: string): string {
  const base = process.platform === 'linux' ? `/proc/self/fd/${folder.handle.fd}` : folder.path;
  return join(base, name);
}

async function openFolder(path: string, shownPath: string): Promise<Folder> {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return { handle, path: shownPath };
}

async function enter(parent: Folder, name: string): Promise<Folder> {
  await mkdir(at(parent, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return openFolder(at(parent, name), join(parent.path, name));
}

export class FolderWriter implements AsyncDisposable {
  readonly #root: Folder;

  private constructor(root: Folder) {
    this.#root = root;
  }

  /** `path` has no link at its end. */
  static async open(path: string): Promise<FolderWriter> {
    return new FolderWriter(await openFolder(path, path));
  }

  /** Returns the path. `segments` come from `savedName`. */
  async write(segments: readonly string[], content: AsyncIterable<Uint8Array>): Promise<string> {
    const name = segments.at(-1) ?? '';
    let folder = this.#root;
    try {
      for (const segment of segments.slice(0, -1)) {
        const next = await enter(folder, segment);
        if (folder !== this.#root) await folder.handle.close();
        folder = next;
      }
      await writeWhole(folder, name, content);
      return join(folder.path, name);
    } finally {
      if (folder !== this.#root) await folder.handle.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.handle.close();
  }
}

async function writeWhole(
  folder: Folder,
  name: string,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const draft = at(folder, `.belljar-${randomUUID()}`);
  try {
    const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
    try {
      for await (const chunk of content) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    await rename(draft, at(folder, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
