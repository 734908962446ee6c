import { readFileSync } from 'node:fs';

/**
 * Calls back for every line on stdin, Enter alone included. Returns the disposer.
 *
 * Never reads a terminal that belongs to somebody else: the system would stop a program in the background that does.
 */
export function onEnter(call: () => void): () => void {
  const { stdin } = process;
  if (stdin.isTTY && !ownsTerminal()) return () => undefined;
  const onData = (text: string): void => {
    if (text.includes('\n')) call();
  };
  // A terminal that is gone is no reason to end.
  const onError = (): void => undefined;
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  stdin.on('error', onError);
  return () => {
    stdin.removeListener('data', onData);
    // Open, it would keep the process alive.
    stdin.destroy();
  };
}

/** Whether we are the terminal's foreground job. Where the system does not tell it cheaply, we are taken to be. */
function ownsTerminal(): boolean {
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
