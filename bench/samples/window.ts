import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../sample';
import type { WindowSays } from '../window/messages';
import { delays, noteUpTo, sharedMs } from './outside';

/** What runs in a window: Lockscope, or a bare application of these samples. */
type Application = 'lockscope' | 'bare';

const FIRST_ROW_MS = 60_000;
const END_MS = 5_000;

interface OpenWindow {
  /** From the start of its process to its first row on the screen. */
  readonly firstMs: number;
  onShows(listener: (holder: string, atMs: number) => void): void;
  close(): Promise<void>;
}

/** `LOCKSCOPE_BENCH_ELECTRON`: the runtime and the switches that it needs here, as a list in JSON. */
function electronCommand(): readonly string[] {
  return JSON.parse(process.env['LOCKSCOPE_BENCH_ELECTRON'] ?? '[]') as readonly string[];
}

async function open(application: Application, proof: string, watched: boolean): Promise<OpenWindow> {
  const [electron = '', ...switches] = electronCommand();
  const home = mkdtempSync(`${proof}-home-`);
  const temp = join(home, 'tmp');
  mkdirSync(temp);
  const bareArgs = [join(__dirname, 'bare-main.cjs'), home, watched ? join(proof, 'ledger') : 'none'];
  const args = application === 'lockscope' ? [process.cwd(), proof] : bareArgs;
  const startedMs = sharedMs();
  const child = spawn(electron, [...switches, '-r', join(__dirname, 'probe-main.cjs'), ...args], {
    // Electron complains of every screen that is not a real one.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, LOCKSCOPE_HOME: home, TMPDIR: temp },
  });
  const listeners: ((holder: string, atMs: number) => void)[] = [];
  const first = new Promise<number>((resolve, reject) => {
    child.on('message', (message) => {
      const said = message as WindowSays;
      if (said.kind === 'first') resolve(said.atMs - startedMs);
      else for (const listener of listeners) listener(said.holder, said.atMs);
    });
    child.once('exit', (code) => {
      reject(new Error(`The window ended with ${String(code)} before it showed a row.`));
    });
  });
  const close = async () => {
    await end(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const firstMs = await Promise.race([first, late()]);
    return { firstMs, onShows: (listener) => void listeners.push(listener), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function late(): Promise<never> {
  await sleep(FIRST_ROW_MS, undefined, { ref: false });
  throw new Error('The window showed no row.');
}

/** By its id, and what it started ends with it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
}

async function firstRow(application: Application, proof: string): Promise<Figures> {
  const window = await open(application, proof, false);
  await window.close();
  return { ms: window.firstMs };
}

/** From the start of the process to the first row of a proof on the screen. */
export function windowLockscope(proof: string): Promise<Figures> {
  return firstRow('lockscope', proof);
}

/** From the start of the process to the first paint of a static page. */
export function windowEmpty(proof: string): Promise<Figures> {
  return firstRow('bare', proof);
}

/** What a holder in the page says of the ledger's head: a release is known by the holder that is gone. */
async function pixels(application: Application, proof: string, count: number): Promise<Figures> {
  const window = await open(application, proof, true);
  try {
    const noticed = new Map<number, number>();
    let known = count;
    window.onShows((holder, atMs) => {
      const head = holder === '' ? known + 1 : Number(holder.slice('outside-'.length));
      noteUpTo(noticed, known, head, atMs);
      known = Math.max(known, head);
    });
    return await delays(proof, count, noticed, 'frames');
  } finally {
    await window.close();
  }
}

/** From an append by another process to the claim on the screen. */
export function pixelLockscope(proof: string, count: number): Promise<Figures> {
  return pixels('lockscope', proof, count);
}

/** The same of a bare pipe: watch, message, page. */
export function pixelBare(proof: string, count: number): Promise<Figures> {
  return pixels('bare', proof, count);
}
