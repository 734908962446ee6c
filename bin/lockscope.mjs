#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The command line of a checkout: makes the bundles when they are missing or stale, then runs them in this process.
// Nothing is said unless there is something to do, and never on stdout.
const root = path.resolve(path.dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
try {
  const { setUp } = await import(pathToFileURL(path.join(root, 'scripts', 'setup.mjs')).href);
  await setUp();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
await import(pathToFileURL(path.join(root, 'dist', 'cli', 'lockscope.cjs')).href);
