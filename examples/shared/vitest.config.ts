import { defineProject } from 'vitest/config';
import { shared } from '../../vitest.shared.js';

export default defineProject({
  test: {
    ...shared,
    name: 'example-shared',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  },
});
