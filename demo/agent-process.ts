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

/** Starts an agent on a proof, and starts it again whenever it died. */
export function superviseAgent(name: string, proof: string): SupervisedAgent {
  let stopped = false;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    const started = spawnAgent(name, proof);
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
      if (last === undefined) return;
      last.stdin?.end();
      const late = setTimeout(() => last.kill('SIGKILL'), ENDS_WITHIN_MS);
      await gone;
      clearTimeout(late);
    },
  };
}

function spawnAgent(name: string, proof: string): ChildProcess {
  const child = spawn(process.execPath, [...agentProgram(), proof, name], {
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
