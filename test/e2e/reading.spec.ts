import path from 'node:path';
import type { Page } from '@playwright/test';
import { makeWideLedger } from '../helpers/wide-ledger';
import { expect, onEachHost, test } from './test';
import { rowOf } from './view';

/** Presses the first button of that name as soon as there is one: sooner than a test could. */
async function pressWhenThere(page: Page, name: string): Promise<void> {
  await page.evaluate((wanted) => {
    const observer = new MutationObserver(() => {
      const button = [...document.querySelectorAll<HTMLElement>('.status button')].find((one) =>
        (one.ariaLabel ?? '').startsWith(wanted),
      );
      if (button === undefined) return;
      observer.disconnect();
      button.click();
    });
    observer.observe(document.body, { childList: true, subtree: true });
  }, name);
}

onEachHost(() => {
  test('a long first reading shows how far it is, is given up, and done later', async ({ bench, open, host }) => {
    test.setTimeout(60_000);
    const wide = path.join(path.dirname(bench.proof('beside', [])), 'wide');
    // So long that a press reaches the host before its end, also on a busy machine.
    makeWideLedger(wide, 40_000, 500);
    const { page } = await open([path.join(path.dirname(wide), 'beside')]);
    const status = page.locator('footer');
    await expect(status).toContainText('Watching 1 source');
    await page.getByRole('button', { name: /^beside,/ }).hover();
    await page.getByRole('button', { name: 'Take beside out of the workspace' }).click();
    await expect(status).toContainText('Nothing to watch');

    await pressWhenThere(page, 'Cancel the reading of wide');
    await page.getByRole('button', { name: host === 'electron' ? 'Type a path…' : 'Add folder…' }).click();
    await page.getByRole('dialog', { name: 'Open a folder' }).getByLabel('Path').fill(wide);
    await page.keyboard.press('Enter');
    const trouble = page.getByRole('group', { name: 'Trouble in wide' });
    await expect(trouble).toContainText('Its reading was cancelled');
    await expect(page.getByRole('button', { name: /^wide, ledger, not read, 0 held/ })).toBeVisible();
    await expect(status).toContainText('1 not read');

    await trouble.getByRole('button', { name: 'Read it' }).click();
    await expect(rowOf(page, '1', 'expired')).toBeVisible();
    await expect(page.getByRole('button', { name: /^wide, ledger, readable, 500 held/ })).toBeVisible();
    await expect(status).toContainText(/Watching 1 source.*Read .* ago|Read just now/);
    await expect(trouble).toHaveCount(0);
  });

  test('Verify reads all again and says what it found, from the menu and from the palette', async ({ bench, open }) => {
    const proof = bench.recording('three-agents', 'parity proof');
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    await page.getByRole('button', { name: /^parity proof,/ }).hover();
    const menu = page.getByRole('button', { name: 'What to do with parity proof' });
    await menu.click();
    await page.getByRole('menuitem', { name: /^Verify/ }).click();
    const notices = page.getByRole('region', { name: 'Notices' });
    await expect(notices.getByText('parity proof: verified, it is as shown')).toBeVisible();
    await expect(notices).toContainText(/Everything was read again in .*: no difference\./);
    await notices.getByRole('button', { name: 'Dismiss' }).click();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('verify parity');
    await page.keyboard.press('Enter');
    await expect(notices.getByText('parity proof: verified, it is as shown')).toBeVisible();
  });

  test('the status bar is about the selected source where one is, else about all of them', async ({ bench, open }) => {
    const { page } = await open([bench.recording('three-agents', 'one'), bench.recording('three-agents', 'two')]);
    const status = page.locator('footer');
    await expect(status).toContainText('Watching 2 sources');
    await expect(status).toContainText('Oldest read');
    const one = page.getByRole('button', { name: /^one,/ });
    await one.click();
    await expect(status).not.toContainText('2 sources');
    await expect(status).toContainText(/Watching.*Read/);
  });
});
