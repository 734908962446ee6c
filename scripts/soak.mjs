import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './lib/layout.mjs';

// npm run soak [-- TIMES]: the tests of races and of the open window under stress, over and over (10 times, unless said
// otherwise). What goes wrong once in a hundred times shows here and not in `npm test`. It stops at the first failure.

const times = Number(process.argv[2] ?? 10);
if (!Number.isInteger(times) || times < 1) {
  console.error('Usage: npm run soak [-- TIMES]');
  process.exit(2);
}

const PARTS = [
  ['unit', 'test/race', 'test/inspector/burst', 'test/inspector/gone-and-back', 'test/renderer/visible'],
  ['e2e', 'stress', 'trouble'],
];

for (let round = 1; round <= times; round += 1) {
  for (const part of PARTS) {
    console.error(`Round ${round} of ${times}: ${part.join(' ')}`);
    const { status } = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'test.mjs'), ...part], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, LOCKSCOPE_SOAK: '1' },
    });
    if (status !== 0) {
      console.error(`Round ${round} failed; test-results/ holds what there is of it.`);
      process.exit(status ?? 1);
    }
    rmSync(path.join(ROOT, 'test-results', 'e2e'), { recursive: true, force: true });
  }
}
console.error(`${times} rounds passed.`);
