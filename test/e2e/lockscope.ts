import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  _electron,
  type Browser,
  type BrowserContext,
  type ElectronApplication,
  errors,
  type Page,
  test,
} from '@playwright/test';
import type { Bench } from './bench';
import { needElectron } from './needs';

export const HOSTS = ['electron', 'browser'] as const;
export type HostName = (typeof HOSTS)[number];

export const CHECKOUT = path.resolve(import.meta.dirname, '..', '..');
const CLI = path.join(CHECKOUT, 'dist', 'cli', 'lockscope.cjs');

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Null leaves the size to the host. */
  readonly size?: Size | null;
  /** A command that starts the command line that follows it, in surroundings of its own. */
  readonly inside?: readonly string[];
}

/** One running Lockscope with its window. */
export interface Lockscope {
  readonly host: HostName;
  readonly page: Page;
  /** Of the host process. */
  readonly pid: number;
  /** In the desktop host only. */
  readonly electron: ElectronApplication | null;
  /** In the browser host only: the page's origin. */
  readonly origin: string | null;
  /** What the page complained about: errors in its console, violations of its policy among them, and exceptions. */
  readonly complaints: readonly string[];
  readonly output: () => string;
  /** Ends it as its operator would, and waits until it has ended. Safe to call twice. */
  close(): Promise<void>;
}

const VIEWPORT: Size = { width: 1280, height: 800 };
const LAUNCH_MS = 15_000;

type LaunchOptions = NonNullable<Parameters<typeof _electron.launch>[0]>;

export function environment(bench: Bench): Record<string, string> {
  const env = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(env), LOCKSCOPE_HOME: bench.home, TMPDIR: bench.temp };
}

export async function openElectron(
  bench: Bench,
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<Lockscope> {
  const complaints: string[] = [];
  const electron = await launchElectron({
    executablePath: startedInside(bench, needElectron(), options.inside),
    args: [...switches(), CHECKOUT, ...paths, ...(options.readOnly === true ? ['--read-only'] : [])],
    env: environment(bench),
    timeout: LAUNCH_MS,
  });
  const child = electron.process();
  const output = collect(child);
  listen(electron.context(), complaints);
  const page = await electron.firstWindow();
  if (options.size !== null) await resize({ page, electron }, options.size ?? VIEWPORT);
  let closing: Promise<void> | undefined;
  return {
    host: 'electron',
    page,
    pid: child.pid ?? 0,
    electron,
    origin: null,
    complaints,
    output,
    // A test may have ended it already.
    close: () =>
      (closing ??= child.exitCode === null && child.signalCode === null ? electron.close() : Promise.resolve()),
  };
}

/**
 * Once in some hundred launches Electron 22 and its driver never find each other, before anything of ours runs. Then
 * it is launched again, once, and the report says so. That a start of ours never hangs is tested without a driver.
 */
async function launchElectron(options: LaunchOptions): Promise<ElectronApplication> {
  try {
    return await _electron.launch(options);
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    test.info().annotations.push({ type: 'launched again', description: error.message });
    // The driver killed the first one, which could not tidy up.
    const temp = options.env?.['TMPDIR'] ?? '';
    for (const left of readdirSync(temp)) rmSync(path.join(temp, left), { recursive: true, force: true });
    return _electron.launch(options);
  }
}

/** The page gets this size. Resolves when it has it. */
export async function resize({ page, electron }: Pick<Lockscope, 'page' | 'electron'>, size: Size): Promise<void> {
  if (electron === null) {
    await page.setViewportSize(size);
    return;
  }
  await electron.evaluate(({ BrowserWindow }, { width, height }) => {
    const window = BrowserWindow.getAllWindows()[0];
    // Smaller than a window may be: as an operator has it, by a zoom of 200 %.
    const zoom = width < 700 ? 2 : 1;
    window?.webContents.setZoomFactor(zoom);
    window?.setContentSize(width * zoom, height * zoom);
  }, size);
  await page.waitForFunction(({ width, height }) => innerWidth === width && innerHeight === height, size);
}

/** Keeps what the window shows; a zoomed one by Electron's own means, because the driver cuts it off. */
export async function keepPicture(
  { page, electron }: Pick<Lockscope, 'page' | 'electron'>,
  file: string,
): Promise<void> {
  const isZoomed = electron !== null && (await page.evaluate(() => devicePixelRatio)) > 1;
  if (!isZoomed) {
    await page.screenshot({ path: file, animations: 'disabled' });
    return;
  }
  const png = await electron.evaluate(async ({ BrowserWindow }) => {
    const picture = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage();
    return picture?.toPNG().toString('base64') ?? '';
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(png, 'base64'));
}

export async function openBrowser(
  bench: Bench,
  paths: readonly string[],
  browser: Browser,
  options: OpenOptions = {},
): Promise<Lockscope> {
  const server = await serve(bench, paths, options);
  const complaints: string[] = [];
  const context = await browser.newContext({ viewport: options.size === null ? null : (options.size ?? VIEWPORT) });
  listen(context, complaints);
  const page = await context.newPage();
  await page.goto(server.address);
  let closing: Promise<void> | undefined;
  return {
    host: 'browser',
    page,
    pid: server.pid,
    electron: null,
    origin: new URL(server.address).origin,
    complaints,
    output: server.output,
    close: () => (closing ??= context.close().then(() => server.stop())),
  };
}

export interface Server {
  readonly pid: number;
  /** With a token that works once. */
  readonly address: string;
  readonly output: () => string;
  /** Ctrl+C. Resolves when the process has ended. */
  readonly stop: () => Promise<void>;
}

/** `lockscope serve`, as the command line has it. */
export async function serve(bench: Bench, paths: readonly string[], options: OpenOptions = {}): Promise<Server> {
  const args = [CLI, 'serve', ...paths, '--port', '0', ...(options.readOnly === true ? ['--read-only'] : [])];
  const [command, ...rest] = [...(options.inside ?? []), process.execPath, ...args];
  const child = spawn(command ?? '', rest, { env: environment(bench), stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const address = await firstLine(child, output);
  return {
    pid: child.pid ?? 0,
    address,
    output,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** What `lockscope ls --json` says of a proof; its exit code does not matter. */
export async function claimsByCommandLine(bench: Bench, proof: string): Promise<readonly string[]> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [CLI, 'ls', proof, '--json'], { env: environment(bench) });
  const list = JSON.parse(stdout) as { claims: { resource: string; holder: { name: string } }[] };
  return list.claims.map((claim) => `${claim.resource} ${claim.holder.name}`).sort();
}

function firstLine(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      const [line, rest] = text.split('\n');
      if (rest !== undefined && line !== undefined) resolve(line);
    });
    child.once('close', () => {
      reject(new Error(`The web host ended before it printed its address. It said: ${output()}`));
    });
  });
}

/** The driver starts a program by its path alone: one that becomes `program` inside of `inside`. */
function startedInside(bench: Bench, program: string, inside: readonly string[] = []): string {
  if (inside.length === 0) return program;
  const script = path.join(bench.folder, 'electron-inside');
  const words = [...inside, program].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(script, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return script;
}

function switches(): readonly string[] {
  // Chromium's sandbox refuses to start as root.
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
  }
  return () => text;
}

function listen(context: BrowserContext, complaints: string[]): void {
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  context.on('weberror', (error) => {
    complaints.push(String(error.error().stack ?? error.error()));
  });
}
