/** `sandbox.files`: the workspace's files, each call in its turn. */
import type { FileContent } from '../execution.js';
import { shownName } from '../runtimes/file-names.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { SandboxFiles } from '../sandbox.js';
import { checkListFiles } from './check-input.js';
import { readInputFiles } from './file-content.js';
import type { PerformFileOperation } from './file-operations.js';
import { checkName } from './workspace-names.js';

type InTurn = <T>(task: (process: SandboxProcess) => Promise<T>) => Promise<T>;

async function readWorkspaceFile(process: SandboxProcess, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await process.readFile(name, (data) => {
    chunks.push(data);
  });
  return Buffer.concat(chunks);
}

/**
 * Takes its place in the order at once. The sandbox waits while nobody reads; a stream that is
 * cancelled is read to its end unseen.
 */
function readStream(name: string, inTurn: InTurn): ReadableStream<Uint8Array> {
  let cancelled = false;
  let pulled: (() => void) | undefined;
  const begin = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const take = (data: Uint8Array): void | Promise<void> => {
      if (cancelled) return;
      controller.enqueue(Uint8Array.from(data));
      if ((controller.desiredSize ?? 0) > 0) return;
      return new Promise((resolve) => {
        pulled = resolve;
      });
    };
    inTurn((process) => process.readFile(name, take)).then(
      () => {
        if (!cancelled) controller.close();
      },
      (error: unknown) => {
        if (!cancelled) controller.error(error);
      },
    );
  };
  return new ReadableStream<Uint8Array>(
    {
      start: begin,
      pull: () => pulled?.(),
      cancel: () => {
        cancelled = true;
        pulled?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 1024 * 1024 }),
  );
}

export function workspaceFiles(inTurn: InTurn, perform: PerformFileOperation): SandboxFiles {
  return {
    write: async (name: string, content: FileContent) => {
      // Takes its place in the order before the content is read.
      await perform({ operation: 'write' }, readInputFiles([{ name, content }], 0));
    },
    read: async (given) => {
      const name = checkName(given);
      return inTurn((process) => readWorkspaceFile(process, name));
    },
    readStream: (given) => readStream(checkName(given), inTurn),
    stat: async (given) => {
      const name = checkName(given, true);
      return inTurn((process) => process.stat(name));
    },
    list: async (given = '', givenOptions = {}) => {
      const options = checkListFiles(givenOptions);
      const name = checkName(given, true);
      return inTurn((process) => process.list(name, options.recursive ?? false));
    },
    makeDirectory: async (name) => {
      await perform({ operation: 'makeDirectory', name: shownName(checkName(name)) });
    },
    rename: async (from, to) => {
      const [name, target] = [shownName(checkName(from)), shownName(checkName(to))];
      await perform({ operation: 'rename', name, to: target });
    },
    remove: async (name) => perform({ operation: 'remove', name: shownName(checkName(name)) }),
  };
}
