/** `belljar execute`: one execution in a sandbox that is kept. Closing the engine hibernates it. */
import type { ExecuteFlags } from '../commands/execute.js';
import { engineOptionsOf } from '../options/sandbox-options.js';
import { runCode } from './run-code.js';

export async function executeCommand(
  id: string,
  path: string,
  flags: ExecuteFlags,
): Promise<number> {
  const { directory, location, owner } = flags;
  const options = { ...engineOptionsOf(flags), directory, location };
  return await runCode(path, flags, options, (engine) =>
    (owner === undefined ? engine : engine.as(owner)).getSandbox(id, { takeOver: true }),
  );
}
