/** What changes files on a caller's behalf: done, then journalled, then answered. */
import { randomUUID } from 'node:crypto';
import { shownName } from '../runtimes/file-names.js';
import type { NamedContent } from './file-content.js';
import { type FileParameters, inputRecord, requestHash, runFileOperation } from './request.js';
import type { SandboxAccess } from './sandbox-access.js';
import { afterEntry } from './sandbox-records.js';

export type PerformFileOperation = (
  parameters: FileParameters,
  contents?: Promise<NamedContent[]>,
) => Promise<boolean>;

/** As the journal shows it. */
function describe(parameters: FileParameters, contents: readonly NamedContent[]): string {
  const { operation } = parameters;
  if (operation === 'write')
    return `write ${contents.map(({ name }) => shownName(name)).join(', ')}`;
  return parameters.operation === 'rename'
    ? `rename ${parameters.name} to ${parameters.to}`
    : `${operation} ${parameters.name}`;
}

export function fileOperations(access: SandboxAccess): PerformFileOperation {
  return async (parameters, reading = Promise.resolve([])) => {
    const performed = access.withProcess(async (process, resident) => {
      const contents = await reading;
      const startTime = Date.now();
      const inputs = await resident.journal.keepInputs(contents);
      // Where there was nothing to remove, nothing changed.
      if (!(await runFileOperation(process, parameters, inputs))) return false;
      const epoch = await access.core.residents.hold(access.id);
      const endTime = Date.now();
      const sandbox = afterEntry(endTime, access.record, process.seed);
      const { entry } = await resident.journal.append(
        {
          id: randomUUID(),
          kind: 'files',
          code: describe(parameters, contents),
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
      return true;
    });
    // What is wrong with the content is said at once.
    const [done] = await Promise.all([performed, reading]);
    return done;
  };
}
