import { defineConfig } from 'vitest/config';

const TESTS = ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'bench/src/**/*.test.ts'];
const INTEGRATION_TESTS = '**/*.integration.test.ts';

export default defineConfig({
  test: {
    // An embedded database is about 450 MB resident: three test files at a time fit a small machine, and on two cores one
    // may wait, for a server or a disk, while the others work.
    maxWorkers: 3,
    reporters: ['default', './scripts/summary-reporter.mjs'],
    projects: [
      {
        test: {
          name: 'unit',
          include: TESTS,
          exclude: [INTEGRATION_TESTS, '**/node_modules/**', '**/dist/**'],
          // They touch nothing but their own values, and need no process of their own each.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            ...TESTS.map((pattern) => pattern.replace('*.test.ts', '*.integration.test.ts')),
            'e2e/src/**/*.test.ts',
          ],
          pool: 'forks',
          // As in e2e's server-process.ts: it makes these tests a third cheaper.
          execArgv: ['--liftoff-only'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
