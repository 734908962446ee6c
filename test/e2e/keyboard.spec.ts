import type { Page } from '@playwright/test';
import { expect, onEachHost, test } from './test';
import { actionDialog, detailOf, filterBox, rowOf, table } from './view';

const selected = (page: Page) => page.locator('[role=row][aria-selected=true]');

onEachHost(() => {
  test('a claim is found, read and reaped with keys alone', async ({ bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    const press = (key: string): Promise<void> => page.keyboard.press(key);

    await press('/');
    await expect(filterBox(page)).toBeFocused();
    await page.keyboard.type('holder:prover');
    await expect(table(page)).toHaveAttribute('aria-rowcount', '3');
    await press('Enter');
    await expect(table(page), 'Enter in the filter goes to the table.').toBeFocused();
    await press('Escape');
    await expect(table(page)).toHaveAttribute('aria-rowcount', '4');

    await press('Home');
    await expect(selected(page)).toHaveAttribute('aria-rowindex', '2');
    await press('j');
    await press('j');
    await expect(selected(page)).toHaveAttribute('aria-rowindex', '4');
    await press('k');
    await expect(selected(page)).toHaveAttribute('aria-rowindex', '3');
    const label = (await selected(page).getAttribute('aria-label')) ?? '';
    const id = (await selected(page).getAttribute('id')) ?? '';
    await expect(table(page)).toHaveAttribute('aria-activedescendant', id);
    const resource = /^node (\S+),/.exec(label)?.[1] ?? '';

    await press('Enter');
    await expect(detailOf(page).getByRole('region', { name: /in full/ })).toBeFocused();
    await press('Escape');
    await expect(table(page), 'Escape in the detail goes back to the table.').toBeFocused();

    await press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    await expect(dialog.getByRole('button', { name: 'Cancel' }), 'What does no harm has the focus.').toBeFocused();
    await press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(table(page), 'Escape gives the focus back to the row.').toBeFocused();
    await expect(table(page)).toHaveAttribute('aria-activedescendant', id);

    await press('Shift+R');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    await press('Tab');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeFocused();
    await press('Enter');
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Close' }), 'The result can be left at once.').toBeFocused();
    await press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(rowOf(page, resource)).toHaveCount(0);
    await expect(table(page)).toBeFocused();
    expect(bench.ledger(proof).size).toBe(13);
  });

  test('help, palette and presets by keys', async ({ bench, open }) => {
    const { page } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys and signs' });
    await expect(help).toContainText('Reap the claim');
    await page.keyboard.press('Escape');
    await expect(help).toHaveCount(0);

    await page.keyboard.press('3');
    await expect(page.getByText('No claim is contended')).toBeVisible();
    await page.keyboard.press('4');
    await expect(page.getByText('No claim is about to expire')).toBeVisible();
    await page.keyboard.press('1');
    await expect(table(page)).toBeVisible();

    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Command palette' });
    await expect(palette.getByRole('combobox', { name: 'Command' })).toBeFocused();
    await page.keyboard.type('audit');
    await page.keyboard.press('Enter');
    await expect(palette).toHaveCount(0);
    await expect(page.getByRole('tabpanel', { name: 'Audit' })).toContainText('Nothing was done yet');
  });

  test('Tab reaches every control, and each has a name', async ({ bench, open }) => {
    const { page } = await open([bench.recording('three-agents')]);
    await rowOf(page, '1.2').click();
    await expect(detailOf(page).getByRole('button', { name: /^Reap/ })).toBeVisible();
    await page.evaluate(() => {
      (document.activeElement as HTMLElement | null)?.blur();
    });
    const controls = await page.evaluate(() => {
      const all = [...document.querySelectorAll<HTMLElement>('button, input, a[href], select, textarea, [tabindex]')];
      const usable = all.filter((element) => !element.matches(':disabled') && element.getClientRects().length > 0);
      // Of the tabs one is a stop, and the arrow keys reach the others.
      const stops = usable.filter((element) => !element.matches('[role=tablist], [role=tab][tabindex="-1"]'));
      stops.forEach((element, at) => {
        element.dataset['stop'] = at.toString();
      });
      return stops.map((element) => element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40));
    });
    expect(
      controls.filter((name) => name === ''),
      'A control has neither words nor a label.',
    ).toEqual([]);
    const reached = new Set<number>();
    // It begins wherever one was last, and passes by the ends of the page: twice round is enough for all.
    for (let i = 0; i < 2 * controls.length && reached.size < controls.length; i += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['stop']);
      if (stop !== undefined) reached.add(Number(stop));
    }
    const missed = controls.filter((_, at) => !reached.has(at));
    expect(missed, 'Tab does not reach these controls.').toEqual([]);
  });
});
