/** `belljar run`: one execution in a sandbox that ends with it. */
import type { RunFlags } from '../commands/run.js';
import { engineOptionsOf, limitsOf } from '../options/sandbox-options.js';
import { runCode } from './run-code.js';
import { languageOf } from './source.js';

/** In a sandbox and not by `engine.run()`: files beyond one response's limit can still be read. */
export async function runCommand(path: string, flags: RunFlags): Promise<number> {
  const language = languageOf(path, flags.language);
  return await runCode(path, flags, engineOptionsOf(flags), (engine) =>
    engine.createSandbox({ language, limits: limitsOf(flags) }),
  );
}
