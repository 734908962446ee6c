import type { Page } from '@playwright/test';

declare global {
  interface Window {
    wordsSeen?: Set<string>;
  }
}

/** From now on notes which of these words the page ever shows, however shortly. Resolves with how to ask for them. */
export async function watchWords(page: Page, words: readonly string[]): Promise<() => Promise<readonly string[]>> {
  await page.evaluate((wanted) => {
    const seen = new Set<string>();
    window.wordsSeen = seen;
    const look = (): void => {
      const text = document.body.innerText;
      for (const word of wanted) if (text.includes(word)) seen.add(word);
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
  }, words);
  return () => page.evaluate(() => [...(window.wordsSeen ?? [])]);
}
