import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { CACHE, DIST, NODE_BUNDLES, ROOT } from './lib/layout.mjs';
import { nodeBundle } from './lib/node-bundle.mjs';

/**
 * Builds every bundle beside `dist` and then swaps it in, so that a build that fails or is interrupted
 * leaves the old bundles as they were. For one caller at a time: the set-up's lock sees to that.
 */
export async function buildBundles() {
  // Only here: the set-up loads this file before there are packages.
  const vite = await import('vite');
  const next = path.join(CACHE, 'dist.next');
  const old = path.join(CACHE, 'dist.old');
  const clean = () => {
    for (const folder of [next, old]) rmSync(folder, { recursive: true, force: true });
  };
  clean();
  // Somebody may give up in the middle.
  process.once('exit', clean);
  try {
    mkdirSync(next, { recursive: true });
    const configs = [
      {
        configFile: path.join(ROOT, 'vite.config.ts'),
        logLevel: 'warn',
        build: { outDir: path.join(next, 'renderer') },
      },
      ...NODE_BUNDLES.map((bundle) => nodeBundle(bundle, next)),
    ];
    // All of them end before the folder goes, also when one fails.
    const builds = await Promise.allSettled(configs.map((config) => vite.build(config)));
    const broken = builds.find((result) => result.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(next, DIST);
  } finally {
    process.off('exit', clean);
    clean();
  }
}
