import type { Page } from '@playwright/test';

declare global {
  interface Window {
    verdictsSeen?: string[];
  }
}

/**
 * From now on notes each verdict (its word) that the row of a node shows, in their order and however shortly.
 * Resolves with how to ask for them.
 */
export async function watchVerdicts(page: Page, node: string): Promise<() => Promise<readonly string[]>> {
  await page.evaluate((start) => {
    const seen: string[] = [];
    window.verdictsSeen = seen;
    const look = (): void => {
      for (const row of document.querySelectorAll('[role=row][aria-label]')) {
        const label = row.getAttribute('aria-label') ?? '';
        const word = label.startsWith(start) ? label.slice(start.length).split(',')[0] : undefined;
        if (word !== undefined && word !== seen.at(-1)) seen.push(word);
      }
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(document.body, {
      attributes: true,
      attributeFilter: ['aria-label'],
      childList: true,
      subtree: true,
    });
  }, `node ${node}, `);
  return () => page.evaluate(() => window.verdictsSeen ?? []);
}
