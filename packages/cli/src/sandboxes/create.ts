/** `belljar create`: the id on stdout, so that a script can keep it. */
import type { CreateFlags } from '../commands/sandboxes.js';
import { engineOptionsOf, limitsOf } from '../options/sandbox-options.js';
import { withKeptEngine } from './kept-engine.js';
import { printNew } from './print-new.js';

export async function createCommand(flags: CreateFlags): Promise<void> {
  const info = await withKeptEngine(flags, engineOptionsOf(flags), async (engine) => {
    const sandbox = await engine.createSandbox({
      snapshot: flags.snapshot,
      language: flags.language,
      displayName: flags.displayName,
      labels: flags.label,
      ttlMs: flags.ttl,
      limits: limitsOf(flags),
    });
    return sandbox.info;
  });
  printNew(info, flags);
}
