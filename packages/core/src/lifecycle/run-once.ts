/** One execution in a sandbox of its own that no store knows of: nothing of it is left. */
import { randomUUID } from 'node:crypto';
import type { CreateSandboxOptions } from '../engine.js';
import { BelljarError } from '../errors.js';
import type { ExecuteOptions, Execution } from '../execution.js';
import type { EngineCore } from './engine-core.js';
import {
  cancelledOutcome,
  completeExecution,
  contentSource,
  fileRecord,
  plainExecution,
  sha256,
} from './execution-record.js';
import { readInputFiles } from './file-content.js';

const savepoint = { kind: 'off', reason: 'the sandbox goes with its only execution' } as const;

export async function runOnce(
  core: EngineCore,
  options: ExecuteOptions & CreateSandboxOptions,
): Promise<Execution> {
  options.signal?.throwIfAborted();
  const limits = core.limitsOf(options.limits);
  const language = options.language ?? 'python';
  const codeBytes = Buffer.byteLength(options.code);
  if (codeBytes > limits.codeBytes) {
    throw new BelljarError(
      'INVALID_ARGUMENT',
      `The code has ${codeBytes} bytes; at most ${limits.codeBytes} are taken.`,
      { suggestion: 'Send data as files.', details: { codeBytes, limitBytes: limits.codeBytes } },
    );
  }
  const inputs = await readInputFiles(options.files ?? [], codeBytes, options.signal);
  return core.turnstile.run(async () => {
    const live = await core.acquire(language, limits);
    try {
      for (const file of inputs) await live.writeFile(file.name, file.content);
      const timeoutMs = options.timeoutMs ?? limits.timeoutMs;
      const outcome = options.signal?.aborted
        ? cancelledOutcome()
        : await live.run({ ...options, timeoutMs, signal: options.signal });
      const isolation = (await core.runtimes.get(language)).isolation();
      const plain = plainExecution(randomUUID(), outcome, isolation, savepoint, undefined);
      const records = outcome.files.map((file) =>
        fileRecord(file, file.content && sha256(file.content)),
      );
      const source = contentSource(async (record) => {
        const content = outcome.files[records.indexOf(record)]?.content;
        if (content) return content;
        throw new BelljarError(
          'INVALID_ARGUMENT',
          `The content of '${record.name}' was not kept: the files were too large together.`,
        );
      });
      return completeExecution({ ...plain, rolledBack: false }, records, source);
    } finally {
      await live.end();
    }
  });
}
