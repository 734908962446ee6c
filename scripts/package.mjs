import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findElectron } from './lib/electron-runtime.mjs';
import { ROOT } from './lib/layout.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { toolScript } from './lib/tools.mjs';
import { setUp } from './setup.mjs';

// npm run package: the application for this system, as a folder below `release/`. Takes the Electron runtime that
// is here; where there is none, electron-builder downloads the one that package.json names.

const say = (sentence) => console.error(sentence);

function runtimeOptions() {
  const { path: electron } = findElectron();
  if (electron === null) return [];
  const folder = path.dirname(electron);
  const version = readFileSync(path.join(folder, 'version'), 'utf8').trim().replace(/^v/, '');
  return [`--config.electronDist=${folder}`, `--config.electronVersion=${version}`];
}

onTermination(async (signal) => {
  await stopAll();
  process.exit(signal === 'SIGINT' ? 130 : 143);
});
try {
  await setUp({ say });
  const args = ['--dir', '--publish', 'never', ...runtimeOptions(), ...process.argv.slice(2)];
  const { code } = await startProgram(process.execPath, [toolScript('electron-builder'), ...args], { cwd: ROOT }).ended;
  process.exitCode = code;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
