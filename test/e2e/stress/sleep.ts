import { pidsOf, rendererPidsOf } from '../family';
import type { Lockscope } from '../lockscope';

/** What sleeps: all of Lockscope, as when a lid is closed, or one side of it alone, as when a debugger holds it. */
export type Sleeper = 'everything' | 'its page' | 'its host';

/** Stops processes of a running Lockscope. What it gives wakes them; safe to call twice. */
export function putToSleep(lockscope: Lockscope, sleeper: Sleeper): () => void {
  // In the browser host the page belongs to the one browser that this process started.
  const pages = rendererPidsOf(lockscope.host === 'electron' ? lockscope.pid : process.pid);
  const pids = new Set<number>(
    {
      everything: new Set([...pidsOf(lockscope.pid), ...pages]),
      'its page': pages,
      'its host': new Set([lockscope.pid]),
    }[sleeper],
  );
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    pids.clear();
  };
}
