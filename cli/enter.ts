import { readFileSync } from 'node:fs';

/**
 * Calls back for every line on stdin, Enter alone included, and for the end of the program that started us:
 * `npm start` holds our stdin for as long as it lives. Returns the disposer.
 *
 * Never reads a terminal that belongs to somebody else: the system would stop a program in the background that does.
 */
export function onEnter(call: () => void, onLauncherEnd: () => void): () => void {
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
  const onEnd = process.env['LOCKSCOPE_LAUNCHED'] === '1' ? onLauncherEnd : onError;
  stdin.on('end', onEnd);
  return () => {
    stdin.removeListener('data', onData);
    stdin.removeListener('end', onEnd);
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
