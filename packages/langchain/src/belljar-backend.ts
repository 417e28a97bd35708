import { isUtf8 } from 'node:buffer';
import type { FileInfo, Sandbox } from '@belljar/core';
import {
  chooseSandbox,
  formatBytes,
  MAX_IMAGE_BYTES,
  MAX_OUTPUT_CHARACTERS,
} from '@belljar/core/tool';
import type { RunnableConfig } from '@langchain/core/runnables';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import {
  type FileInfo as AgentFileInfo,
  applyGrepMaxCount,
  BaseSandbox,
  type DeleteResult,
  type EditResult,
  type ExecuteResponse,
  type FileDownloadResponse,
  type FileUploadResponse,
  type GlobResult,
  type GrepResult,
  type LsResult,
  type ReadResult,
  type WriteResult,
} from 'deepagents';
import { answerOfCommand } from './answer-of-command.js';
import { pageOfLines } from './page-of-lines.js';
import { type ThreadSandboxChoice, withThread } from './sandbox-choice.js';
import { searchFiles } from './search-files.js';
import {
  checkTotal,
  downloadFile,
  findFile,
  isRefusal,
  sentenceFor,
  uploadFile,
} from './workspace-files.js';
import {
  matchesPattern,
  type NamedFolder,
  pathIn,
  relativeTo,
  workspaceName,
} from './workspace-paths.js';

/**
 * `{ engine }` for a sandbox of each thread's own, `{ engine, key }`, or `{ sandbox }`. A function
 * is given the configuration of the run: `configurable`, `context`, `signal`.
 */
export type BelljarBackendOptions = ThreadSandboxChoice<RunnableConfig> & {
  /** Wall time of one command. Default: the sandbox's limit. Exceeded, the command is undone. */
  timeoutMs?: number | undefined;
  /**
   * Characters of one answer: output of a command, a page of a file. Default 20,000; what is longer
   * is cut in the middle. Output above 80,000 is moved to a file by deepagents itself.
   */
  maxOutputCharacters?: number | undefined;
  /** `'artifact-only'` for endpoints that take no images in tool results: none is read then. */
  images?: 'to-model' | 'artifact-only' | undefined;
};

/** Where an operation works: the sandbox and the signal of the run, and what the path means. */
interface Place {
  sandbox: Sandbox;
  signal: AbortSignal | undefined;
  folder: NamedFolder;
}

/**
 * The file system and the shell of a deep agent. The agent's `/` is the workspace of a Belljar
 * sandbox, and commands run in it. What goes wrong in the sandbox is an answer; only a failure of
 * the host throws. The run's abort signal ends the command.
 */
export class BelljarBackend extends BaseSandbox {
  /** The sandbox's where one is given. */
  readonly id: string;
  readonly #options: BelljarBackendOptions;

  constructor(options: BelljarBackendOptions) {
    super();
    this.#options = options;
    this.id = typeof options.sandbox === 'object' ? options.sandbox.id : 'belljar';
  }

  override async execute(command: string): Promise<ExecuteResponse> {
    const { timeoutMs } = this.#options;
    const { sandbox, signal } = await this.#begin();
    const result = await sandbox.shell(command, { timeoutMs, signal });
    const limitMs = timeoutMs ?? sandbox.info.limits.timeoutMs;
    return answerOfCommand(command, result, limitMs, this.#maxCharacters);
  }

  /** Of more than 104,857,600 bytes together none is written: it throws `FILES_LIMIT`. */
  override async uploadFiles(files: [string, Uint8Array][]): Promise<FileUploadResponse[]> {
    const { sandbox } = await this.#begin();
    checkTotal(files.map(([, content]) => content.byteLength));
    const responses: FileUploadResponse[] = [];
    for (const [path, content] of files) {
      responses.push({ path, error: await uploadFile(sandbox, path, content) });
    }
    return responses;
  }

  /** Of more than 104,857,600 bytes together none is read: it throws `FILES_LIMIT`. */
  override async downloadFiles(paths: string[]): Promise<FileDownloadResponse[]> {
    const { sandbox } = await this.#begin();
    const found = await Promise.all(paths.map((path) => findFile(sandbox, path)));
    checkTotal(found.map((one) => (typeof one === 'string' ? 0 : one.sizeBytes)));
    return Promise.all(found.map((one, index) => downloadFile(sandbox, paths[index] ?? '', one)));
  }

  override async ls(path: string): Promise<LsResult> {
    return this.#answer(path, async ({ sandbox, folder }) => {
      const files = await sandbox.files.list(folder.name);
      return { files: files.map((file) => describe(file, folder)) };
    });
  }

  override async read(path: string, offset = 0, limit = 500): Promise<ReadResult> {
    return this.#answer(path, async () => {
      const { data } = await this.readRaw(path);
      if (!data || !('mimeType' in data)) return { error: await this.#whyUnreadable(path) };
      const { content, mimeType } = data;
      if (typeof content !== 'string') return this.#binary(path, content, mimeType);
      return { ...pageOfLines(content, offset, limit, this.#maxCharacters), mimeType };
    });
  }

  override async write(path: string, content: string): Promise<WriteResult> {
    return this.#answer(path, () => super.write(path, content));
  }

  override async edit(
    path: string,
    oldString: string,
    newString: string,
    replaceAll = false,
  ): Promise<EditResult> {
    return this.#answer(path, async () => {
      const [file] = await this.downloadFiles([path]);
      // It would be decoded and written back, and what is not UTF-8 lost.
      if (file?.content && !isUtf8(file.content)) return { error: `'${path}' is no UTF-8 text` };
      return super.edit(path, oldString, newString, replaceAll);
    });
  }

  override async delete(path: string): Promise<DeleteResult> {
    return this.#answer(path, async ({ sandbox, folder }) => {
      if (folder.name === '') return { error: `'${path}' is the whole workspace` };
      const removed = await sandbox.files.remove(folder.name);
      return removed ? { path, filesUpdate: null } : { error: `Error: '${path}' not found` };
    });
  }

  override async glob(pattern: string, path = '/'): Promise<GlobResult> {
    return this.#answer(path, async ({ sandbox, folder }) => {
      const files = await sandbox.files.list(folder.name, { recursive: true });
      const wanted = files.filter(
        ({ type, name }) =>
          type !== 'directory' && matchesPattern(relativeTo(folder, name), pattern),
      );
      return { files: wanted.map((file) => describe(file, folder)) };
    });
  }

  override async grep(
    pattern: string,
    path = '/',
    glob: string | null = null,
    maxCount: number | null = null,
  ): Promise<GrepResult> {
    return this.#answer(path, async ({ sandbox, folder, signal }) => {
      const result = await searchFiles(sandbox, pattern, folder, glob, this.#maxCharacters, signal);
      return applyGrepMaxCount({ result, maxCount });
    });
  }

  get #maxCharacters(): number {
    return this.#options.maxOutputCharacters ?? MAX_OUTPUT_CHARACTERS;
  }

  /** The sandbox of the run that this is called in, and its signal. */
  async #begin(): Promise<Omit<Place, 'folder'>> {
    const config: RunnableConfig = AsyncLocalStorageProviderSingleton.getRunnableConfig() ?? {};
    config.signal?.throwIfAborted();
    const sandbox = await chooseSandbox<RunnableConfig>(withThread(this.#options), config);
    return { sandbox, signal: config.signal };
  }

  /** What was refused is an answer: the agent can mend it. */
  async #answer<Result>(
    path: string,
    work: (place: Place) => Promise<Result>,
  ): Promise<Result | { error: string }> {
    const begun = await this.#begin();
    try {
      const name = await workspaceName(begun.sandbox, path);
      if (name === undefined) return { error: sentenceFor(path, 'invalid_path') };
      return await work({ ...begun, folder: { path, name } });
    } catch (error) {
      if (isRefusal(error)) return { error: error.message };
      throw error;
    }
  }

  async #whyUnreadable(path: string): Promise<string> {
    const { sandbox } = await this.#begin();
    const found = await findFile(sandbox, path);
    return sentenceFor(path, typeof found === 'string' ? found : 'permission_denied');
  }

  #binary(path: string, content: Uint8Array, mimeType: string): ReadResult {
    if (this.#options.images === 'artifact-only') {
      return { error: `'${path}' is ${mimeType}, and you can read text only` };
    }
    if (content.byteLength > MAX_IMAGE_BYTES) {
      const [size, most] = [formatBytes(content.byteLength), formatBytes(MAX_IMAGE_BYTES)];
      return { error: `'${path}' has ${size}; at most ${most} can be shown` };
    }
    return { content, mimeType };
  }
}

function describe(file: FileInfo, folder: NamedFolder): AgentFileInfo {
  const isFolder = file.type === 'directory';
  return {
    path: pathIn(folder, file.name) + (isFolder ? '/' : ''),
    is_dir: isFolder,
    size: isFolder ? 0 : file.sizeBytes,
    modified_at: file.modifyTime,
  };
}
