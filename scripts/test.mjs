import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './lib/layout.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { countPlaywright, countVitest } from './lib/test-counts.mjs';
import { obtainTestNeeds } from './lib/test-needs.mjs';
import { toolScript } from './lib/tools.mjs';
import { startXServer } from './lib/x-server.mjs';
import { setUp } from './setup.mjs';

// npm test [-- unit|e2e [FILTER…]]: everything, or one half of it. The last line is `N passed, N failed, N skipped`.

const RESULTS = path.join(ROOT, 'test-results');
const CI = process.env.CI === 'true';
const LIMIT_MS = 35 * 60_000;

const say = (sentence) => console.error(sentence);

/** Runs a test runner to its end, but no longer than the limit. */
async function runTool(packageName, command, args, env) {
  const tool = startProgram(process.execPath, [toolScript(packageName, command), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  const timer = setTimeout(() => {
    say(`${packageName} took longer than ${LIMIT_MS / 60_000} minutes and was ended.`);
    void tool.stop();
  }, LIMIT_MS);
  const { code } = await tool.ended;
  clearTimeout(timer);
  // Tests that fail end it with 1; anything else should be known.
  if (code > 1) say(`${packageName} ended with ${code}${code > 128 ? `: by signal ${code - 128}` : ''}.`);
  return code;
}

async function runUnitTests(filters) {
  const report = path.join(RESULTS, 'vitest.json');
  rmSync(report, { force: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters];
  return countVitest(report, await runTool('vitest', 'vitest', args, {}));
}

async function runWindowTests(filters) {
  const needs = await obtainTestNeeds(say);
  for (const sentence of needs.missing) say(sentence);
  const report = path.join(RESULTS, 'playwright.json');
  rmSync(report, { force: true });
  const screen = needs.xvfb === null ? null : await startXServer(needs.xvfb);
  try {
    const exitCode = await runTool('@playwright/test', 'playwright', ['test', ...filters], {
      // Empty: not there. The tests that need it skip themselves, and say so.
      LOCKSCOPE_CHROMIUM: needs.chromium ?? '',
      LOCKSCOPE_ELECTRON: needs.electron ?? '',
      LOCKSCOPE_FAKETIME: needs.faketime ?? '',
      ...(screen === null ? {} : { DISPLAY: screen.display, WAYLAND_DISPLAY: '' }),
    });
    const counts = countPlaywright(report, exitCode);
    // What is missing where nothing may be missing is a failure even if no test noticed.
    return CI ? { ...counts, failed: counts.failed + needs.missing.length } : counts;
  } finally {
    await screen?.stop();
  }
}

async function main([which, ...filters]) {
  const parts = [];
  if (which !== 'e2e') parts.push(() => runUnitTests(which === 'unit' ? filters : []));
  if (which !== 'unit') parts.push(() => runWindowTests(which === 'e2e' ? filters : []));
  if (![undefined, 'unit', 'e2e'].includes(which)) throw new Error('Usage: npm test [-- unit|e2e [FILTER…]]');
  await setUp({ say });
  mkdirSync(RESULTS, { recursive: true });
  const counts = [];
  for (const part of parts) counts.push(await part());
  return counts;
}

onTermination(async (signal) => {
  await stopAll();
  process.exit(signal === 'SIGINT' ? 130 : 143);
});

let counts;
try {
  counts = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  counts = [{ passed: 0, failed: 1, skipped: [] }];
}
const skipped = counts.flatMap((part) => part.skipped);
const sum = (key) => counts.reduce((total, part) => total + part[key], 0);
if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
if (CI && skipped.length > 0) console.log('Nothing may be skipped in CI.');
if (existsSync(path.join(RESULTS, 'screenshots'))) console.log('\nScreenshots are in test-results/screenshots.');
const failed = sum('failed');
console.log(`\n${sum('passed')} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed > 0 || (CI && skipped.length > 0) ? 1 : 0;
