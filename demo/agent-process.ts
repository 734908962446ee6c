import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** An agent that is started again some time after it died. */
export interface SupervisedAgent {
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

// Long enough that an operator can find and reap what a dead agent left behind.
const BACK_AFTER_MS = 20_000;
const ENDS_WITHIN_MS = 1000;
/** A step is one of some tenths of a second. */
const STEP_TAKES_MS = 15_000;

/** A step that a process of its own takes once. */
export interface Step {
  /** Its exit code; null where it could not be started, or was ended. Never rejects. */
  readonly ended: Promise<number | null>;
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

/** Takes a step in a process that ends with this one, as an agent does. */
export function takeStep(name: string, place: string): Step {
  const child = spawnAgent(name, place);
  const late = setTimeout(() => child.kill('SIGKILL'), STEP_TAKES_MS);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => {
      resolve(null);
    });
  }).finally(() => {
    clearTimeout(late);
  });
  return { ended, stop: () => endOf(child, ended) };
}

/** Starts an agent on a proof or a project, and starts it again whenever it died. */
export function superviseAgent(name: string, place: string): SupervisedAgent {
  let stopped = false;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    const started = spawnAgent(name, place);
    child = started;
    gone = new Promise((resolve) => {
      const end = (): void => {
        resolve();
        child = undefined;
        if (stopped || timer !== undefined) return;
        timer = setTimeout(() => {
          timer = undefined;
          start();
        }, BACK_AFTER_MS);
        // Waiting for a dead agent is no reason for a program to go on.
        timer.unref();
      };
      started.once('exit', end);
      // It could not be started at all: no `exit` follows.
      started.once('error', end);
    });
  }

  start();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const last = child;
      if (last !== undefined) await endOf(last, gone);
    },
  };
}

/** Tells a process to end, and sees to it. `gone` resolves when it has. */
async function endOf(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  const late = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  await gone;
  clearTimeout(late);
}

function spawnAgent(name: string, place: string): ChildProcess {
  const child = spawn(process.execPath, [...agentProgram(), place, name], {
    // It ends when the pipe is closed, by us or by the system when we are gone.
    stdio: ['pipe', 'ignore', 'ignore'],
    // Inside Electron its own program is the only Node there is.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    cwd: tmpdir(),
  });
  child.stdin.on('error', () => {
    // It is gone already; `exit` says so.
  });
  return child;
}

/** The agent's bundle beside the one that runs, or its source when this runs from the sources. */
function agentProgram(): readonly string[] {
  const here = fileURLToPath(import.meta.url);
  if (!here.endsWith('.ts')) return [join(dirname(here), '..', 'demo', 'agent.cjs')];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href, join(dirname(here), 'agent.ts')];
}
