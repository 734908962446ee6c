import type { Locator, Page } from '@playwright/test';
import { type Verdict, verdictWord } from '../../core/model';

/** The row of a claim, in the table; narrowed to a verdict where one is given. */
export function rowOf(page: Page, resource: string, verdict?: Verdict): Locator {
  const words = verdict === undefined ? '[A-Z][a-z]+' : verdictWord(verdict);
  const escaped = resource.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return page.getByRole('row', { name: new RegExp(`^(?:node|task|file-lock) ${escaped}, ${words}, `) });
}

export const table = (page: Page): Locator => page.getByRole('grid', { name: 'Claims' });

export const detailOf = (page: Page): Locator => page.getByRole('complementary', { name: 'Selected claim' });

/** The dialog of an action. */
export const actionDialog = (page: Page): Locator => page.getByRole('alertdialog');

export const filterBox = (page: Page): Locator => page.getByRole('textbox', { name: 'Filter claims' });

/** The view behind a tab. */
export async function showTab(page: Page, name: 'Claims' | 'Doctor' | 'Audit'): Promise<Locator> {
  await page.getByRole('tab', { name }).click();
  return page.getByRole('tabpanel', { name });
}
