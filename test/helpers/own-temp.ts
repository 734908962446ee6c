import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';

// Each file of tests has a folder for temporary files to itself, and leaves nothing in it.

const before = process.env['TMPDIR'];
const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lockscope-vitest-'));
// Some tests read as another user, who has to get there.
chmodSync(folder, 0o755);
process.env['TMPDIR'] = folder;

// Registered before all others, it comes after them.
afterAll(() => {
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true, force: true });
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  expect(left, 'These tests left temporary files behind.').toEqual([]);
});
