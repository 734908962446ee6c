import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const OWN_GROUP = process.platform !== 'win32';
const running = new Set();

/**
 * @typedef {object} Program
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<{ code: number, error: Error | null }>} ended resolves when nothing of it is left; 128 + n for
 * signal n, 127 and an error when it could not be started; never rejects
 * @property {(signal?: NodeJS.Signals, graceMs?: number) => Promise<void>} stop asks with `signal`, and takes no for
 * an answer after `graceMs`; resolves with `ended`
 */

/**
 * Starts a program in a process group of its own, so that a Ctrl+C in the terminal reaches it through us, once,
 * and so that whatever it starts can be ended with it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Program}
 */
export function startProgram(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: OWN_GROUP, ...options });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: 127, error });
    });
    child.once('close', (code, signal) => {
      resolve({ code: code ?? 128 + (constants.signals[signal] ?? 0), error: null });
    });
  }).then(async (end) => {
    await endGroup(child.pid);
    running.delete(program);
    return end;
  });
  const program = {
    child,
    ended,
    async stop(signal = 'SIGTERM', graceMs = 5000) {
      send(child.pid, signal);
      const timer = setTimeout(() => sendGroup(child.pid, 'SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
  running.add(program);
  return program;
}

/** Ends every program that was started here. */
export async function stopAll(signal = 'SIGTERM', graceMs = 5000) {
  await Promise.all([...running].map((program) => program.stop(signal, graceMs)));
}

/**
 * Calls `onEnd` once, with the first request to end: Ctrl+C, SIGTERM, a terminal that closes, or an npm that started
 * us and is gone. A second request ends everything at once. Returns the disposer.
 */
export function onTermination(onEnd) {
  let asked = false;
  const handle = (signal) => {
    if (asked) {
      for (const program of running) sendGroup(program.child.pid, 'SIGKILL');
      process.exit(128 + constants.signals[signal]);
    }
    asked = true;
    onEnd(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const listeners = signals.map((signal) => () => handle(signal));
  signals.forEach((signal, i) => process.on(signal, listeners[i]));
  // npm passes SIGINT and SIGTERM on, but simply dies of the others.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent && !asked) handle('SIGHUP');
  }, 500);
  watch.unref();
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
  return () => {
    clearInterval(watch);
    signals.forEach((signal, i) => process.off(signal, listeners[i]));
  };
}

/** What a leader left behind in its group: asked first, then ended. */
async function endGroup(pid) {
  if (pid === undefined || !OWN_GROUP) return;
  for (let waited = 0; sendGroup(pid, waited === 0 ? 'SIGTERM' : 0); waited += 50) {
    if (waited >= 2000) sendGroup(pid, 'SIGKILL');
    if (waited >= 4000) return;
    await sleep(50);
  }
}

function sendGroup(pid, signal) {
  return pid !== undefined && send(OWN_GROUP ? -pid : pid, signal);
}

/** Whether there was anybody to send it to. */
function send(pid, signal) {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
