import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE, NODE_BUNDLES, ROOT } from './lib/layout.mjs';
import { nodeBundle } from './lib/node-bundle.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { setUp } from './setup.mjs';

// npm run bench [-- --full] [PART…]: measures what docs/performance.md tells, in about three minutes.

const OUT = path.join(CACHE, 'bench');
/** Removing the generated ledgers may take so long, in ms. */
const TIDY_MS = 60_000;

let asked = null;
onTermination(async (signal) => {
  asked = signal;
  await stopAll(signal, TIDY_MS);
  process.exit(signal === 'SIGINT' ? 130 : 143);
});
try {
  await setUp({ bundles: false });
  const vite = await import('vite');
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  // As the programs are that people run: bundled, and compiled for the same Node.
  const thread = NODE_BUNDLES.filter(({ output }) => output.startsWith('threads/'));
  const programs = ['run', 'sample'].map((name) => ({ source: `bench/${name}.ts`, output: `bench/${name}.cjs` }));
  for (const bundle of [...programs, ...thread]) await vite.build(nodeBundle(bundle, OUT));
  const run = startProgram(process.execPath, [path.join(OUT, 'bench', 'run.cjs'), ...process.argv.slice(2)], {
    cwd: ROOT,
  });
  process.exitCode = (await run.ended).code;
} catch (error) {
  if (asked === null) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
