import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildBundles } from '../helpers/bundles';

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command line, built once, with a data folder and a work folder of its own. */
export interface CliBench {
  readonly cli: string;
  readonly work: string;
  readonly env: NodeJS.ProcessEnv;
  run(...args: string[]): Promise<CliRun>;
  /** A fresh copy of a recording; returns its path. */
  recording(name: string): Promise<string>;
  /** A fresh proof of the living dialect whose ledger is exactly these events. */
  proof(events: readonly object[]): Promise<string>;
  remove(): Promise<void>;
}

const FIXTURES = resolve(__dirname, '..', 'fixtures', 'af');
const ENDS_WITHIN_MS = 15_000;

export async function createBench(): Promise<CliBench> {
  const bundles = await buildBundles();
  const work = await mkdtemp(join(await realpath(tmpdir()), 'lockscope-cli-'));
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: work, LOCKSCOPE_HOME: join(work, 'home') };
  let copies = 0;
  const nextFolder = (): string => join(work, `proof-${(++copies).toString()}`);
  return {
    cli: bundles.cli,
    work,
    env,
    run: (...args) => runCli(bundles.cli, args, env),
    async recording(name) {
      const folder = nextFolder();
      await cp(join(FIXTURES, name), folder, { recursive: true });
      return folder;
    },
    async proof(events) {
      const folder = nextFolder();
      await mkdir(join(folder, 'ledger'), { recursive: true });
      await writeFile(join(folder, 'meta.json'), '{"version": "1.0"}');
      await Promise.all(events.map((event, i) => writeFile(eventFile(folder, i + 1), JSON.stringify(event))));
      return folder;
    },
    async remove() {
      await Promise.all([bundles.remove(), rm(work, { recursive: true, force: true })]);
    },
  };
}

/** Runs the command line without a terminal, to its end. */
export function runCli(cli: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliRun> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: ENDS_WITHIN_MS,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      done({ code, stdout, stderr });
    });
  });
}

export function eventFile(proof: string, sequence: number): string {
  return join(proof, 'ledger', `${sequence.toString().padStart(6, '0')}.json`);
}

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

export function nodeCreated(id: string, statement = `Node ${id}`): object {
  return {
    type: 'node_created',
    timestamp: inSeconds(-600),
    node: {
      id,
      type: 'claim',
      statement,
      inference: 'assumption',
      workflow_state: 'available',
      epistemic_state: 'pending',
      taint_state: 'unresolved',
      content_hash: createHash('sha256').update(statement).digest('hex'),
      created: inSeconds(-600),
      claimed_at: '0001-01-01T00:00:00Z',
    },
  };
}

export const PROOF_INITIALIZED = {
  type: 'proof_initialized',
  timestamp: '2026-11-21T10:00:00Z',
  conjecture: 'A test',
  author: 'tester',
};

export function nodesClaimed(ids: readonly string[], owner: string, secondsLeft: number): object {
  return { type: 'nodes_claimed', timestamp: inSeconds(-300), node_ids: ids, owner, timeout: inSeconds(secondsLeft) };
}

/** Every file below a folder with its bytes, to see what a command changed. */
export async function contentOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, 'latin1')] as const)));
}

export interface JsonClaim {
  readonly source: string;
  readonly protocol: string;
  readonly kind: string;
  readonly resource: string;
  readonly title: string | null;
  readonly holder: { readonly name: string | null };
  readonly acquiredAt: string | null;
  readonly expiresAt: string | null;
  readonly verdict: string;
  readonly evidence: readonly { readonly kind: string; readonly headline: string; readonly detail: string }[];
  readonly seen: string;
}

export interface JsonList {
  readonly claims: readonly JsonClaim[];
  readonly findings: readonly {
    readonly source: string;
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly at: number | null;
  }[];
}

export interface JsonResults {
  readonly results: readonly {
    readonly source: string | null;
    readonly resource: string;
    readonly action: string;
    readonly result: string;
    readonly message: string;
    readonly written?: readonly { readonly file: string; readonly content: string }[];
    readonly writes?: readonly { readonly file: string; readonly content: string; readonly condition: string }[];
    readonly evidence?: readonly object[];
  }[];
  readonly notices: readonly string[];
}

export const parseList = (run: CliRun): JsonList => JSON.parse(run.stdout) as JsonList;
export const parseResults = (run: CliRun): JsonResults => JSON.parse(run.stdout) as JsonResults;
