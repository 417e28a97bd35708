/** `belljar fork`: the new id on stdout, as of `create`. */
import type { ForkFlags } from '../commands/fork.js';
import { withTaken } from './kept-engine.js';
import { printNew } from './print-new.js';

export async function forkCommand(id: string, flags: ForkFlags): Promise<void> {
  const info = await withTaken(id, flags, async (sandbox) => {
    const { displayName, label: labels, ttl: ttlMs, sameRandom } = flags;
    const random = sameRandom ? 'same' : 'fresh';
    return (await sandbox.fork({ random, displayName, labels, ttlMs })).info;
  });
  printNew(info, flags);
}
