/** `belljar create`: the id on stdout, so that a script can keep it. */
import type { CreateFlags } from '../commands/sandboxes.js';
import { engineOptionsOf, limitsOf } from '../options/sandbox-options.js';
import { printJson } from '../terminal/json.js';
import { print } from '../terminal/print.js';
import { withKeptEngine } from './kept-engine.js';

export async function createCommand(flags: CreateFlags): Promise<void> {
  const info = await withKeptEngine(flags, engineOptionsOf(flags), async (engine) => {
    const sandbox = await engine.createSandbox({
      language: flags.language,
      displayName: flags.displayName,
      labels: flags.label,
      ttlMs: flags.ttl,
      limits: limitsOf(flags),
    });
    return sandbox.info;
  });
  if (flags.json) printJson(info);
  else print(`${info.id}\n`);
}
