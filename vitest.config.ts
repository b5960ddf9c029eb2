import { defineConfig } from 'vitest/config';

/** Over whole recordings and made-up days, killed processes, servers of their own: too long for the check before every commit. */
const long = [
  'src/normalise/sources.test.ts',
  'src/evals/**/*.test.ts',
  'src/cases/cases.test.ts',
  'src/alerts/exceptions/exceptions.test.ts',
  'src/alerts/join.test.ts',
  'src/alerts/work.test.ts',
  'src/api/exceptions.test.ts',
  'src/api/hunts.test.ts',
  'src/detect/sql/compile-rule.property.test.ts',
  'src/fleet/agents.test.ts',
  'src/journal/journal.test.ts',
  'src/respond/channels.test.ts',
  'src/rules/backfill.test.ts',
  'src/rules/hunt*.test.ts',
  'src/rules/installed.test.ts',
  'src/scan/scanner.test.ts',
  'src/store/server.test.ts',
  'src/store/killed.test.ts',
  'src/log/crash.test.ts',
  'src/alerts/rebuild.test.ts',
  'src/alerts/list.test.ts',
  'src/http/fair-share.test.ts',
  'src/retention/retention.test.ts',
  'src/rules/correlation/correlator.test.ts',
  'src/respond/webhook.test.ts',
  'src/respond/mail.test.ts',
  'src/state/template.test.ts',
  'src/state/upkeep.test.ts',
  'src/system/watch-conditions.test.ts',
  'src/system/trails.test.ts',
  'src/state/killed.test.ts',
  'src/state/data-folder.test.ts',
  'src/state/pglite.test.ts',
  'src/analyst/evidence/any-query.test.ts',
];

// chDB binds one data folder per process, so every file runs in a process of its own.
export default defineConfig({
  test: {
    pool: 'forks',
    // The default leaves a core idle, which on two cores is half of them.
    maxWorkers: '100%',
    setupFiles: ['./test/property-seed.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/architecture.test.ts'],
          exclude: long,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts', ...long],
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
