import { defineConfig } from 'vitest/config';

/** Over whole recordings and whole made-up days: too long for the check before every commit. */
const overRecordings = ['src/normalise/sources.test.ts', 'src/evals/**/*.test.ts'];

// chDB binds one data folder per process, so every file runs in a process of its own.
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/architecture.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts', ...overRecordings],
          exclude: ['test/architecture.test.ts', 'test/crash.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'crash', include: ['test/crash.test.ts'], testTimeout: 3_600_000, hookTimeout: 60_000 },
      },
    ],
  },
});
