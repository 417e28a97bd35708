/** Content of the files of an execution that a store has recorded. */
import { BelljarError } from '../errors.js';
import type { SandboxFiles } from '../sandbox.js';
import type { EngineCore } from './engine-core.js';
import { type ContentSource, contentSource } from './execution-record.js';

/** As of the execution; of a file that was left out, as it is in the workspace now. */
export function recordedContent(
  core: EngineCore,
  sandboxId: string,
  workspace: SandboxFiles,
): ContentSource {
  const kept = contentSource(async (file) => {
    core.assertOpen();
    if (file.change === 'removed') {
      throw new BelljarError('INVALID_ARGUMENT', `The file '${file.name}' was removed.`);
    }
    if (file.omitted) return workspace.read(file.name);
    const content = await core.store.getBlob(sandboxId, file.sha256);
    if (content) return content;
    throw new BelljarError('SANDBOX_NOT_FOUND', `The sandbox of '${file.name}' was deleted.`);
  });
  return {
    bytes: kept.bytes,
    stream: (file) => (file.omitted ? workspace.readStream(file.name) : kept.stream(file)),
  };
}
