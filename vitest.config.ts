import { defineConfig } from 'vitest/config';

const TESTS = ['test/**/*.test.ts', 'test/**/*.test.tsx'];
const NEVER = ['test/e2e/**', 'test/fixtures/**'];
/** They race many processes, or say within which time something is there: the machine is theirs alone. */
const ALONE = [
  'test/race/*.test.ts',
  'test/core/file-lock/reading.test.ts',
  'test/core/ledger/hostile.test.ts',
  'test/core/ledger/listing-cost.test.ts',
  'test/core/task-lease/source/beside-writers.test.ts',
  'test/core/task-lease/source/processes.test.ts',
  'test/core/task-lease/source/snapshot.test.ts',
  'test/inspector/burst.test.ts',
  'test/inspector/cancel-reading.test.ts',
  'test/inspector/gone-and-back.test.ts',
  'test/inspector/threads/arriving.test.ts',
  'test/inspector/threads/discovery.test.ts',
  'test/inspector/threads/large.test.ts',
  'test/inspector/threads/trouble.test.ts',
  'test/renderer/visible.test.ts',
];

export default defineConfig({
  test: {
    environment: 'node',
    // Tests with real processes and real waiting say themselves when they need longer.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A process each: tests change folders, environments and signals.
    pool: 'forks',
    restoreMocks: true,
    setupFiles: ['test/helpers/own-temp.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: TESTS,
          exclude: [...NEVER, ...ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
