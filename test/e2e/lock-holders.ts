import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from '@playwright/test';

/** A process that holds a kernel lock, or waits for one. */
export interface LockProcess {
  readonly pid: number;
  /** Whether it has ended, by whatever. */
  hasEnded(): boolean;
  /** Ends it, at once; it is ended by its own handle. Safe to call twice. */
  end(): Promise<void>;
}

/** Takes the lock with flock(1), in one process, until it is ended. Resolves when the lock is held. */
export async function holdWithFlock(file: string): Promise<LockProcess> {
  const holder = start('flock', ['--no-fork', file, 'sleep', '600']);
  await expect.poll(() => kernelLocks(holder.pid), `flock(1) holds no lock on ${file}.`).toContain('FLOCK');
  return holder;
}

/** Asks for the lock with flock(1), and waits in the kernel. Resolves when the kernel lists it as waiting. */
export async function waitWithFlock(file: string): Promise<LockProcess> {
  const waiter = start('flock', [file, 'true']);
  await expect.poll(() => kernelLocks(waiter.pid), `flock(1) does not wait for ${file}.`).toContain('->');
  return waiter;
}

/** Takes the lock with fcntl, from Python, until it is ended. `ignoresTerm`: it does not end when it is told to. */
export async function holdWithPython(file: string, ignoresTerm = false): Promise<LockProcess> {
  const holder = start('python3', ['hold-lock.py', file, ...(ignoresTerm ? ['ignore'] : [])]);
  await expect.poll(() => kernelLocks(holder.pid), `Python holds no lock on ${file}.`).toContain('POSIX');
  return holder;
}

/** A process that does nothing, as an agent that is at work: certainly older than a claim that it takes now. */
export async function agentAtWork(): Promise<LockProcess> {
  const agent = start('sleep', ['600']);
  // Records are written to the second, and so is the time of the boot that the start of a process is counted from.
  await wait(1_500);
  return agent;
}

function start(command: string, args: readonly string[]): LockProcess {
  const child = spawn(command, args, { cwd: import.meta.dirname, stdio: 'ignore' });
  const ended = whenEnded(child);
  return {
    pid: child.pid ?? 0,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function whenEnded(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
}

/** The lines of the kernel's list that name a process. */
function kernelLocks(pid: number): string {
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines.filter((line) => line.split(/\s+/).includes(pid.toString())).join('\n');
}
