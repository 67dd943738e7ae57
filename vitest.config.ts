import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    // Hooks open models, which takes its time on a machine that others share.
    hookTimeout: 60_000,
    // Loading the modules anew for every file would take longer than the tests do; so a test that
    // changes what is global puts it back.
    isolate: false,
    maxWorkers: availableParallelism(),
    tags: [
      {
        name: 'slow',
        description: 'Runs a model that ships, or upstream cases by the dozen; not in --fast.',
      },
    ],
  },
});
