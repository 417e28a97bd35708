/** What changes files on a caller's behalf: done, then journalled, then answered. */
import { randomUUID } from 'node:crypto';
import { shownName } from '../runtimes/file-names.js';
import type { NamedContent } from './file-content.js';
import { journalDeed } from './journalled-deed.js';
import { type FileParameters, runFileOperation } from './request.js';
import type { SandboxAccess } from './sandbox-access.js';

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
      const [id, startTime] = [randomUUID(), Date.now()];
      const { journal } = resident;
      await journal.writeOwed();
      return journal.whole(id, async () => {
        const inputs = await journal.keepInputs(id, contents);
        // Where there was nothing to remove, nothing changed.
        if (!(await runFileOperation(process, parameters, inputs))) return false;
        const code = describe(parameters, contents);
        const deed = { id, parameters, code, contents, inputs, startTime };
        await journalDeed(access, process, resident, deed);
        return true;
      });
    });
    // What is wrong with the content is said at once.
    const [done] = await Promise.all([performed, reading]);
    return done;
  };
}
