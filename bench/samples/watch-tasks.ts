/** Looks for its turn this often, in ms: a look that were always waiting would take the time of the threads that work. */
const BEAT_MS = 2;

/** The longest time for which nobody else got the thread, from now until it is asked. */
export function watchTasks(): () => number {
  let lastMs = performance.now();
  let longestMs = 0;
  let done = false;
  const beat = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs - BEAT_MS);
    lastMs = nowMs;
    if (!done) setTimeout(beat, BEAT_MS);
  };
  setTimeout(beat, BEAT_MS);
  return () => {
    done = true;
    return Math.max(longestMs, performance.now() - lastMs - BEAT_MS);
  };
}
