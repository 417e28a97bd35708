/** What is journalled once it is done: changes of files by a caller, and commands that go on by themselves. */
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { NamedContent } from './file-content.js';
import { type DeedParameters, type Input, inputRecord, requestHash } from './request.js';
import type { Resident } from './resident.js';
import type { SandboxAccess } from './sandbox-access.js';
import { afterEntry } from './sandbox-records.js';

export interface Deed {
  /** Of its entry. */
  id: string;
  parameters: DeedParameters;
  /** As the journal shows it. */
  code: string;
  contents: readonly NamedContent[];
  inputs: readonly Input[];
  startTime: number;
}

/** In the sandbox's turn, after `writeOwed`. Resolves when it is committed. */
export async function journalDeed(
  access: SandboxAccess,
  process: SandboxProcess,
  resident: Resident,
  { id, parameters, code, contents, inputs, startTime }: Deed,
): Promise<void> {
  const epoch = await access.core.residents.hold(access.id);
  const endTime = Date.now();
  const sandbox = afterEntry(endTime, access.record, process.seed);
  const { entry } = await resident.journal.append(
    {
      id,
      kind: 'files',
      code,
      request: parameters,
      requestHash: requestHash('files', parameters, contents, false),
      startTime,
      status: 'ok',
      endTime,
      outcome: null,
      files: [],
      inputs: inputs.map(inputRecord),
      sandbox,
    },
    epoch,
  );
  access.record = { ...access.record, ...sandbox };
  resident.position = entry.position;
  resident.checkpoints.changed(endTime - startTime);
}
