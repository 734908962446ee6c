import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that these scripts belong to. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Stamps and locks of these scripts; ignored by git. */
export const CACHE = path.join(ROOT, '.cache');

export const DIST = path.join(ROOT, 'dist');

/** Programs that run on Node: the source of each and the file below `dist/` that it becomes. */
export const NODE_BUNDLES = [
  { source: 'electron/main.ts', output: 'electron/main.cjs' },
  { source: 'electron/preload.ts', output: 'electron/preload.cjs' },
  { source: 'cli/main.ts', output: 'cli/lockscope.cjs' },
  { source: 'demo/agent.ts', output: 'demo/agent.cjs' },
  { source: 'core/ledger/reading/reading-thread.ts', output: 'threads/reading-thread.cjs' },
  { source: 'service/source-thread.ts', output: 'threads/source-thread.cjs' },
  { source: 'core/task-lease/database-process.ts', output: 'threads/database-process.cjs' },
];

/** Whatever a bundle can be made from. A change below these makes the bundles stale. */
export const BUNDLE_SOURCES = [
  'cli',
  'contract',
  'core',
  'demo',
  'electron',
  'inspector',
  'package-lock.json',
  'package.json',
  'renderer',
  'scripts/build.mjs',
  'scripts/lib/layout.mjs',
  'scripts/lib/node-bundle.mjs',
  'scripts/lib/reading-rules.mjs',
  'service',
  'tsconfig.json',
  'vite.config.ts',
  'web',
];
