import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { electronSwitches, hasDisplay } from './lib/display.mjs';
import { findElectron, missingLibraries } from './lib/electron-runtime.mjs';
import { CACHE, NODE_BUNDLES, ROOT } from './lib/layout.mjs';
import { nodeBundle } from './lib/node-bundle.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { findCommand } from './lib/test-needs.mjs';
import { startXServer } from './lib/x-server.mjs';
import { setUp } from './setup.mjs';

// npm run bench [-- --full] [--markdown] [PART…]: measures what docs/performance.md tells, in about four minutes.

const OUT = path.join(CACHE, 'bench');
/** Removing the generated ledgers may take so long, in ms. */
const TIDY_MS = 300_000;

/** Programs of the bench, by the names of their sources; the last ones run in a window. */
const PROGRAMS = ['run', 'sample', 'window/probe-main', 'window/probe-page', 'window/bare-main', 'window/bare-page'];
/** The parts that need a window. */
const IN_WINDOWS = ['pixel', 'window'];

/** What a sample needs to open a window: a runtime and a screen, or why there is none. Fetches nothing. */
async function windowNeeds() {
  const no = (reason) => ({ env: { LOCKSCOPE_BENCH_NO_WINDOW: reason }, stop: async () => undefined });
  const electron = findElectron();
  if (electron.path === null) return no(electron.reason);
  const missing = missingLibraries(electron.path);
  if (missing.length > 0) return no(`Electron cannot start without ${missing.join(', ')}.`);
  // A screen of its own where there can be one, so that nobody's work is covered by windows that come and go.
  const xvfb = process.platform === 'linux' ? findCommand('Xvfb') : null;
  if (xvfb === null && !(await hasDisplay())) return no('There is no display.');
  const screen = xvfb === null ? null : await startXServer(xvfb);
  const command = JSON.stringify([electron.path, ...electronSwitches(screen === null ? process.env : {})]);
  const display = screen === null ? {} : { DISPLAY: screen.display, WAYLAND_DISPLAY: '' };
  return { env: { LOCKSCOPE_BENCH_ELECTRON: command, ...display }, stop: async () => screen?.stop() };
}

let asked = null;
onTermination(async (signal) => {
  asked = signal;
  await stopAll(signal, TIDY_MS);
  process.exit(signal === 'SIGINT' ? 130 : 143);
});
try {
  const args = process.argv.slice(2);
  const parts = args.filter((arg) => !arg.startsWith('--'));
  const inWindows = parts.length === 0 || parts.some((part) => IN_WINDOWS.includes(part));
  await setUp({ bundles: inWindows });
  const vite = await import('vite');
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  // As the programs are that people run: bundled, and compiled for the same Node.
  const threads = NODE_BUNDLES.filter(({ output }) => output.startsWith('threads/'));
  const programs = PROGRAMS.map((name) => ({ source: `bench/${name}.ts`, output: `bench/${path.basename(name)}.cjs` }));
  for (const bundle of [...programs, ...threads]) await vite.build(nodeBundle(bundle, OUT));
  const needs = inWindows ? await windowNeeds() : { env: {}, stop: async () => undefined };
  const run = startProgram(process.execPath, [path.join(OUT, 'bench', 'run.cjs'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...needs.env },
  });
  process.exitCode = (await run.ended).code;
  await needs.stop();
} catch (error) {
  if (asked === null) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
