import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { toolScript } from './lib/tools.mjs';

// Checks the rules between folders in the current folder. Beside dependency-cruiser's own command it makes sure that
// every source was really looked at: a cruise that sees no module finds no broken rule either.

const FOLDERS = [
  'bench',
  'bin',
  'cli',
  'contract',
  'core',
  'demo',
  'electron',
  'inspector',
  'renderer',
  'scripts',
  'service',
  'test',
  'web',
].filter((folder) => existsSync(folder));

const cruise = spawnSync(
  process.execPath,
  [
    toolScript('dependency-cruiser', 'depcruise'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    ...FOLDERS,
  ],
  { encoding: 'utf8', maxBuffer: 256 << 20 },
);
const result = parse(cruise.stdout);
if (result === null) {
  console.error(`dependency-cruiser gave no result.\n${cruise.stderr}${cruise.error?.message ?? ''}`);
  process.exit(1);
}

const seen = new Set(result.modules.map((module) => module.source));
const unseen = FOLDERS.flatMap(sources).filter((file) => !seen.has(file));
for (const { rule, from, to, cycle } of result.summary.violations) {
  const route = cycle === undefined ? to : cycle.map((step) => step.name ?? step).join(' → ');
  console.error(`${rule.name}: ${from} → ${route}`);
}
for (const file of unseen) console.error(`dependency-cruiser did not look at ${file}.`);
if (seen.size === 0) console.error('dependency-cruiser looked at nothing.');
if (result.summary.violations.length > 0 || unseen.length > 0 || seen.size === 0) process.exitCode = 1;

/** The sources below a folder, as dependency-cruiser names them. */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    // Copies of other programs' records, and sources that break a rule on purpose.
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : sources(file);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [file] : [];
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
