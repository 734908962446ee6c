import { readFileSync } from 'node:fs';

/**
 * Passes what is typed in our terminal on to a program that we started, which has no terminal of its own.
 * Its input stays open until we end, however we end: so it learns of that too. Returns the disposer.
 *
 * @param {import('node:stream').Writable} input
 */
export function passKeysOn(input) {
  const { stdin } = process;
  input.on('error', () => undefined);
  if (stdin.isTTY && !ownsTerminal()) return () => undefined;
  const pass = (bytes) => input.write(bytes);
  stdin.on('data', pass);
  stdin.on('error', () => undefined);
  return () => {
    stdin.off('data', pass);
    // Open, it would keep us alive.
    stdin.destroy();
  };
}

/** Whether we are the terminal's foreground job: the system stops a job in the background that reads it. */
function ownsTerminal() {
  if (process.platform !== 'linux') return true;
  try {
    // After the name in parentheses: state, ppid, pgrp, session, tty, tpgid (proc(5), /proc/PID/stat).
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return true;
  }
}
