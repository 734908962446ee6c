import { test } from '@playwright/test';

/**
 * The Electron to test with. Where there is none, the test that asks is skipped, by name; in CI, where nothing may
 * be missing, it fails.
 */
export function needElectron(): string {
  return need('LOCKSCOPE_ELECTRON', 'Electron cannot be started here');
}

/** The browser to test with; otherwise as `needElectron`. */
export function needChromium(): string {
  return need('LOCKSCOPE_CHROMIUM', 'there is no Chromium here');
}

function need(variable: string, reason: string): string {
  const path = process.env[variable] ?? '';
  if (path === '' && process.env['CI'] === 'true') throw new Error(`${variable} is not set: ${reason}.`);
  test.skip(path === '', reason);
  return path;
}
