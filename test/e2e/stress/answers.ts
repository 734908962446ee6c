import type { Page } from '@playwright/test';
import type { TextDoor } from '../../../contract';

/** How a window answered over a time, in ms. */
export interface Answers {
  /** From a key to the frame that shows what it did. */
  readonly keys: readonly number[];
  /** From a question to the host until its answer. */
  readonly host: readonly number[];
  /** Tasks of the page beyond 50 ms. */
  readonly longTasks: readonly number[];
}

/** So many keys are pressed, however soon it is over: fewer tell nothing. */
const KEYS_AT_LEAST = 10;

/**
 * Presses keys in the window, about 25 a second, and asks its host as often, until `until` is settled.
 * Measured inside the page from the moment at which the system had the key, so that the driver's own time is left out.
 */
export async function answersWhile(page: Page, until: Promise<unknown>): Promise<Answers> {
  await page.evaluate(watchAnswers);
  const over = until.then(
    () => true,
    () => true,
  );
  for (let i = 0; ; i += 1) {
    await page.keyboard.press(i % 2 === 0 ? 'j' : 'k');
    if (i + 1 < KEYS_AT_LEAST) await pause(20);
    else if (await Promise.race([over, pause(20)])) break;
  }
  await until;
  return page.evaluate(() => window.endAnswers?.() ?? { keys: [], host: [], longTasks: [] });
}

declare global {
  interface Window {
    endAnswers?: () => Promise<Answers>;
  }
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, false);
  });
}

/** Runs in the page. */
function watchAnswers(): void {
  const keys: number[] = [];
  const host: number[] = [];
  const longTasks: number[] = [];
  const onKey = (event: KeyboardEvent): void => {
    // The frame after the next one begins when the next one is on its way to the screen.
    requestAnimationFrame(() => requestAnimationFrame((now) => keys.push(now - event.timeStamp)));
  };
  addEventListener('keydown', onKey, true);
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  });
  observer.observe({ type: 'longtask' });
  const door: TextDoor | undefined = window.lockscope;
  const timer = setInterval(() => {
    const askedMs = performance.now();
    void door?.request('audit', { limit: 1 }).then(() => host.push(performance.now() - askedMs));
  }, 40);
  window.endAnswers = async () => {
    // The last key's frame is still to come.
    for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    removeEventListener('keydown', onKey, true);
    observer.disconnect();
    clearInterval(timer);
    return { keys, host, longTasks };
  };
}

/** The time within which 95 of 100 were answered. */
export function p95(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}
