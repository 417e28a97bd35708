import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/helpers/closing-line-reporter.js';
import { shared } from './vitest.shared.js';

export default defineConfig({
  test: {
    ...shared,
    projects: [
      'packages/*',
      'examples/*',
      'test',
      {
        root: 'test',
        test: {
          ...shared,
          // The suites about the jail once more, where no namespaces are to be had.
          name: 'test-confined',
          include: [
            'attacks/!(store-*|failed-commits).test.ts',
            'promises/{jail,weakened,state-honest-values}.test.ts',
            'integration/{limits,leftovers,files,shell,spawn,timeouts,deepagents-backend}.test.ts',
          ],
          setupFiles: ['helpers/without-namespaces.ts', 'helpers/confined-setup.ts'],
        },
      },
    ],
    reporters: [process.env.CI ? 'verbose' : 'default', new ClosingLineReporter()],
    passWithNoTests: false,
    allowOnly: false,
  },
});
