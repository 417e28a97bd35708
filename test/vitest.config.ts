import { defineProject } from 'vitest/config';
import { shared } from '../vitest.shared.js';

export default defineProject({
  test: {
    ...shared,
    name: 'test',
    include: ['**/*.test.ts'],
    exclude: ['**/fixtures/**', 'node_modules/**'],
  },
});
