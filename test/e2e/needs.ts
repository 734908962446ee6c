import { spawnSync } from 'node:child_process';
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

/** Whether disks can be mounted for a test: on Linux, as root. Skipped and failed as with `needElectron`. */
export function needMounts(): void {
  const reason = 'disks can be mounted on Linux and as root only';
  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  if (!canMount && process.env['CI'] === 'true') throw new Error(`This test needs to mount: ${reason}.`);
  test.skip(!canMount, reason);
}

/** The library that gives a program a clock of its own (`libfaketime`). Skipped and failed as with `needElectron`. */
export function needClockToSet(): string {
  return need('LOCKSCOPE_FAKETIME', 'there is no libfaketime here');
}

/** Whether other programs can take kernel locks here that are seen: flock(1) and Python, on Linux. As `needElectron`. */
export function needLockPrograms(): void {
  const reason = 'flock(1) and Python 3 take the locks, and only Linux lists them';
  const isHere =
    process.platform === 'linux' && ['flock', 'python3'].every((name) => spawnSync(name, ['--version']).status === 0);
  if (!isHere && process.env['CI'] === 'true') throw new Error(`This test needs other programs: ${reason}.`);
  test.skip(!isHere, reason);
}
