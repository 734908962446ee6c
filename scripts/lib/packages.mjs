import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './layout.mjs';
import { startProgram } from './processes.mjs';

const MODULES = path.join(ROOT, 'node_modules');
// Inside node_modules, so that it goes when they go.
const STAMP = path.join(MODULES, '.lockscope-packages');

/** Whether node_modules is what package-lock.json asks for on this machine. A few milliseconds. */
export function packagesAreFresh() {
  const stamp = packagesStamp();
  if (readText(STAMP) === stamp) return true;
  // Somebody may have run npm by hand. npm keeps a list of what it really installed; believe it.
  if (!isInstalledAsLocked()) return false;
  linkOwnCommand();
  writeFileSync(STAMP, stamp);
  return true;
}

/** Installs exactly what package-lock.json names, without running any install script. Quiet unless it fails. */
export async function installPackages() {
  // npm would first empty the folder that a link leads to, which another checkout lives on.
  if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      'node_modules is a link, and what it leads to is not what package-lock.json asks for. Install where it leads, or remove the link.',
    );
  }
  const { command, args, shell } = npm();
  const install = startProgram(
    command,
    [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], shell },
  );
  const output = [];
  for (const stream of [install.child.stdout, install.child.stderr]) stream?.on('data', (bytes) => output.push(bytes));
  const { code, error } = await install.ended;
  if (code !== 0) {
    const why = error?.message ?? Buffer.concat(output).toString().trim();
    throw new Error(`The packages could not be installed (npm ci):\n${why}`);
  }
  linkOwnCommand();
  writeFileSync(STAMP, packagesStamp());
}

/** Changes when other packages are asked for, or when the same folder is used from another kind of machine. */
export function packagesStamp() {
  const lock = readFileSync(path.join(ROOT, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch}\n`;
}

function isInstalledAsLocked() {
  try {
    const locked = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(path.join(MODULES, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(locked).every(([where, wanted]) => {
      if (where === '') return true;
      const there = installed[where];
      // Packages for other systems are optional and not installed.
      if (there === undefined) return wanted.optional === true;
      return there.integrity === wanted.integrity && existsSync(path.join(ROOT, where, 'package.json'));
    });
  } catch {
    return false;
  }
}

/** Lets `npx lockscope` in the checkout run the checkout, at once and without asking a registry. */
function linkOwnCommand() {
  if (process.platform === 'win32') return;
  const link = path.join(MODULES, '.bin', 'lockscope');
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(path.join('..', '..', 'bin', 'lockscope.mjs'), link);
}

function npm() {
  const running = process.env.npm_execpath;
  if (running !== undefined && path.basename(running) === 'npm-cli.js') {
    return { command: process.execPath, args: [running], shell: false };
  }
  // npm is a batch file on Windows, which only a shell can start. The arguments are constant words.
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
