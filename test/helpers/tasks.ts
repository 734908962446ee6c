import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * The longest task on this thread while `run` ran, in ms: by the thread's own time of the processor where the system
 * tells it, so that other programs count for nothing; else by the clock.
 */
export async function longestTask(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const beat = async (): Promise<void> => {
    for (let last = threadMs(); !isOver; ) {
      await nextTurn();
      const now = threadMs();
      longest = Math.max(longest, now - last);
      last = now;
    }
  };
  const beating = beat();
  await run();
  isOver = true;
  await beating;
  return longest;
}

function threadMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid.toString()}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}
