/**
 * The whole promise suite on each simulated host. Where the level is reached, every promise holds;
 * where it is not, no sandbox is born and each test that asks for one hears which layer is missing.
 *
 * `npm test` runs the hosts that are marked `always`, `npm run hosts` the others.
 */
import { describe, expect } from 'vitest';
import { requires } from '../helpers/requires.js';
import { environmentOf, expectedLevel, HOSTS } from './hosts.js';
import { canSimulate } from './run-on-host.js';
import { type PromiseTest, runPromises } from './run-promises.js';

/** Twenty times what it takes on two idle cores. */
const PATIENCE_MS = 5 * 60_000;
const others = process.env.BELLJAR_HOSTS === 'others';

const failed = (tests: PromiseTest[]): PromiseTest[] =>
  tests.filter(({ status }) => status === 'failed');

/** The machine as it is runs the suite in `npm test`, beside everything else. */
const simulated = HOSTS.filter(({ facilities }) => facilities.length > 0);

for (const host of simulated.filter(({ always }) => others !== (always === true))) {
  const onHost = await requires(`the host: ${host.name}`, canSimulate(host.facilities), {
    ...(host.optional && { optional: host.optional }),
  });

  describe(host.name, () => {
    if (expectedLevel(host) === 'none') {
      onHost(
        'nothing runs, and each promise that needs a sandbox names the layer',
        async () => {
          const tests = await runPromises(host, environmentOf(host));
          // Tests of the jail start engines of their own, and compare what those say.
          const refused = failed(tests).filter(({ file }) => file !== 'jail.test.ts');
          expect(refused.length).toBeGreaterThan(20);
          for (const { message } of refused) {
            expect(message).toMatch(/cannot be set up on this machine|could not be born/);
            expect(message).toMatch(host.refusal ?? /./);
          }
        },
        PATIENCE_MS,
      );
    } else {
      onHost(
        'every promise holds',
        async () => {
          const tests = await runPromises(host, environmentOf(host));
          expect(failed(tests)).toEqual([]);
          const passed = tests.filter(({ status }) => status === 'passed');
          expect(passed.length).toBeGreaterThan(60);
        },
        PATIENCE_MS,
      );
    }
  });
}
