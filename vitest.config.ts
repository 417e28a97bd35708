import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/helpers/closing-line-reporter.js';
import { shared } from './vitest.shared.js';

export default defineConfig({
  test: {
    ...shared,
    projects: ['packages/*', 'examples/*', 'test'],
    reporters: [process.env.CI ? 'verbose' : 'default', new ClosingLineReporter()],
    passWithNoTests: false,
    allowOnly: false,
  },
});
