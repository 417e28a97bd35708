/** `onFailure: 'keep'`: what an interrupt ended stays as it is then. */
import { expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();

const LOOP = `
import time
try:
    while True:
        done += 1
        time.sleep(0.01)
finally:
    print('cleaned up')
    open('done.txt', 'w').write('partly')`;

verifies(
  'execution.transaction',
  'what was interrupted is kept when that is asked for',
  async () => {
    const sandbox = await create();
    await sandbox.execute('done = 0');
    const kept = await sandbox.execute({ code: LOOP, timeoutMs: 200, onFailure: 'keep' });
    expect(kept).toMatchObject({ status: 'timeout', rolledBack: false, stdout: 'cleaned up\n' });
    const look = 'done > 0, open("done.txt").read()';
    expect((await sandbox.execute(look)).result?.['text/plain']).toBe("(True, 'partly')");
    // Not by the journal, in which it cannot run again.
    await sandbox.hibernate();
    const { result, survival } = await sandbox.execute(look);
    expect(result?.['text/plain']).toBe("(True, 'partly')");
    expect(survival?.diverged ?? []).toEqual([]);
    await sandbox.execute('done = -1');
    await sandbox.rollback(kept.id);
    expect((await sandbox.execute(look)).result?.['text/plain']).toBe("(True, 'partly')");
  },
);

it('is rolled back when it had to be killed', async () => {
  const sandbox = await create();
  await sandbox.execute('done = 0');
  const code = `import time
done = 1
while True:
    try: time.sleep(60)
    except KeyboardInterrupt: pass`;
  const killed = await sandbox.execute({ code, timeoutMs: 100, onFailure: 'keep' });
  expect(killed).toMatchObject({ status: 'timeout', rolledBack: true });
  expect((await sandbox.execute('done')).result?.['text/plain']).toBe('0');
});
