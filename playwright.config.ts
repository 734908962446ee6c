import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** They are the kernel's disk (FUSE), in mounts of their own. Many containers allow neither: then they are left out by name. */
const WITH_SLOW_DISKS = ['**/hung-write.spec.ts', '**/stress-disk.spec.ts'];

function opens(device: string): boolean {
  try {
    closeSync(openSync(device, 'r+'));
    return true;
  } catch {
    return false;
  }
}

const hasSlowDisks =
  opens('/dev/fuse') && spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']).status === 0;
if (!hasSlowDisks)
  console.error(`Disks of a test's own cannot be mounted here; left out: ${WITH_SLOW_DISKS.join(', ')}`);

/** Real windows: Electron from LOCKSCOPE_ELECTRON, a browser from LOCKSCOPE_CHROMIUM. `npm test` sets both. */
export default defineConfig({
  testDir: 'test/e2e',
  testMatch: '**/*.spec.ts',
  // Its bounds were only seen to hold on a machine that does nothing else: `npm run soak` runs it.
  testIgnore: [
    ...(process.env['LOCKSCOPE_SOAK'] === '1' ? [] : ['**/stress-limits.spec.ts']),
    ...(hasSlowDisks ? [] : WITH_SLOW_DISKS),
  ],
  // Emptied at each run; reports and screenshots lie beside it.
  outputDir: 'test-results/e2e',
  workers: 1,
  fullyParallel: false,
  // A test that passes only now and then does not pass.
  retries: 0,
  forbidOnly: process.env['CI'] === 'true',
  timeout: 60_000,
  globalTimeout: 34 * 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    launchOptions: {
      executablePath: process.env['LOCKSCOPE_CHROMIUM'] ?? '',
      // Chromium's sandbox refuses to start as root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
