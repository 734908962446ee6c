import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/e2e/**', 'test/fixtures/**'],
    environment: 'node',
    // Tests with real processes and real waiting say themselves when they need longer.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A process each: tests change folders, environments and signals.
    pool: 'forks',
    restoreMocks: true,
  },
});
