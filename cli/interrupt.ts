const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `use` with a signal that aborts at the first Ctrl+C, so that a wait for a lock ends cleanly and a write that
 * has begun ends well. The second Ctrl+C ends the process at once, as always.
 */
export async function withInterrupt<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    // From now on the system's own behaviour is back: one more signal ends the process.
    unlisten();
    controller.abort();
  };
  const unlisten = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await use(controller.signal);
  } finally {
    unlisten();
  }
}
