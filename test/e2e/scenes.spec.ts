import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { CHECKOUT, keepPicture, type Lockscope, resize } from './lockscope';
import { needLockPrograms } from './needs';
import { setStage, walk } from './scenes';
import { setHoldersStage, walkHolders } from './scenes-holders';
import { expect, onEachHost, test } from './test';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
  // A window of 1280 by 800 at a zoom of 200 %.
  { width: 640, height: 400 },
] as const;

/** All sizes in one theme. In the other, which has the same places in other colours, those that pictures are wanted of. */
const SIZES_OF = {
  light: { electron: SIZES, browser: SIZES },
  dark: { electron: SIZES.slice(0, 2), browser: SIZES.slice(0, 1) },
} as const;

const PICTURES = path.join(CHECKOUT, 'test-results', 'screenshots');

/** What sticks out sideways: nothing in this window scrolls that way but the exact bytes of a record. */
function overflowing(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const wide = [...document.querySelectorAll<HTMLElement>('body, body *')].filter((element) => {
      const { overflowX } = getComputedStyle(element);
      const scrolls = overflowX === 'auto' || overflowX === 'scroll' || element === document.body;
      return scrolls && !element.matches('pre, pre *') && element.scrollWidth > element.clientWidth + 1;
    });
    return wide.map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
  });
}

/** The grave violations, in words. */
async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => {
      const where = nodes.map((node) => `${node.target.join(' ')} (${node.any.map((one) => one.message).join('; ')})`);
      return `${id}: ${where.join(' | ')}`;
    });
}

/** At every size: whether all fits, and a picture; and once, whether everybody can use it. */
async function look(lockscope: Lockscope, theme: 'light' | 'dark', scene: string): Promise<void> {
  const { page, host } = lockscope;
  for (const size of SIZES_OF[theme][host]) {
    const name = `${theme}-${size.width}x${size.height}-${scene}`;
    await resize(lockscope, size);
    await keepPicture(lockscope, path.join(PICTURES, host, `${name}.png`));
    expect.soft(await overflowing(page), `${name}: something is wider than its place.`).toEqual([]);
  }
  expect.soft(await violations(page), `${theme}-${scene}: not accessible.`).toEqual([]);
  await resize(lockscope, SIZES[0]);
}

onEachHost(() => {
  for (const theme of ['light', 'dark'] as const) {
    test(`every view and dialog, ${theme}: fits, is accessible, and is kept as a picture`, async ({
      agent,
      bench,
      expectedComplaints,
      open,
    }) => {
      test.setTimeout(300_000);
      // The last scene ends the web host; the page goes on looking for it.
      expectedComplaints.push(/WebSocket connection to .* failed/, /net::ERR_CONNECTION_REFUSED/);
      const stage = setStage(bench);
      bench.settings({ theme, actAs: '' });
      const lockscope = await open(stage.paths);
      await walk(lockscope, { bench, agent, stage }, (scene) => look(lockscope, theme, scene));
    });

    test(`leases and kernel locks, ${theme}: every view and dialog fits, is accessible, and is kept as a picture`, async ({
      atEnd,
      bench,
      open,
    }) => {
      test.setTimeout(300_000);
      needLockPrograms();
      const stage = await setHoldersStage(bench, atEnd);
      bench.settings({ theme, actAs: '' });
      const lockscope = await open(stage.paths);
      await walkHolders(lockscope, stage, (scene) => look(lockscope, theme, `holders-${scene}`));
    });
  }
});
