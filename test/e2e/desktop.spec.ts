import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { Reply } from '../../contract';
import type { Bench } from './bench';
import { CHECKOUT, environment } from './lockscope';
import { needElectron } from './needs';
import { expect, test } from './test';
import { rowOf } from './view';

// What the desktop host alone does. What both hosts do is tested on both, elsewhere.

const switches = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

test.beforeEach(() => {
  needElectron();
});

/** A second start on the same data folder; resolves with its exit code. */
function startAgain(bench: Bench, args: readonly string[]): Promise<number | null> {
  const child = spawn(needElectron(), [...switches, CHECKOUT, ...args], { env: environment(bench), stdio: 'ignore' });
  return new Promise((resolve) => child.once('close', resolve));
}

async function sourceTitles(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const reply = JSON.parse(await window.lockscope!.request('snapshot', {})) as Reply<'snapshot'>;
    if (!reply.ok) throw new Error(reply.message);
    return reply.value.sources.map((source) => source.title);
  });
}

test('the page may nothing, and writes to the clipboard alone', async ({ bench, open }) => {
  const { page } = await open([bench.recording('three-agents')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'clipboard-read', 'clipboard-write'];
    return Promise.all(
      names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state),
    );
  });
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'granted']);
});

test('a second start hands its folders over and ends', async ({ bench, open }) => {
  const { page } = await open([bench.recording('three-agents', 'one')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  expect(await startAgain(bench, [bench.recording('reaped', 'two'), '--read-only'])).toBe(0);
  await expect.poll(() => sourceTitles(page)).toEqual(['one', 'two']);
  await expect(page.getByText('This Lockscope was open already and may write.').first()).toBeVisible();
});

test('a dropped folder has a path', async ({ bench, open }) => {
  const { page } = await open([bench.recording('three-agents', 'one')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  const folder = bench.recording('reaped', 'two');
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  }
  await expect.poll(() => sourceTitles(page), 'The dropped folder was not opened.').toEqual(['one', 'two']);
});

test('folders, place and theme are there at the next start', async ({ bench, open }) => {
  const first = await open([bench.recording('three-agents', 'one')]);
  await expect(rowOf(first.page, '1.1')).toBeVisible();
  await first.electron!.evaluate(({ BrowserWindow, Menu }) => {
    BrowserWindow.getAllWindows()[0]!.setBounds({ x: 40, y: 60, width: 1000, height: 700 });
    const view = Menu.getApplicationMenu()?.items.find((item) => item.label === '&View');
    view?.submenu?.items[0]?.submenu?.items.find((item) => item.label === 'Dark')?.click();
  });
  await expect(first.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await first.close();
  expect(JSON.parse(readFileSync(path.join(bench.home, 'window.json'), 'utf8'))).toEqual({
    bounds: { x: 40, y: 60, width: 1000, height: 700 },
    maximised: false,
  });

  const again = await open([], { size: null });
  await expect(rowOf(again.page, '1.1')).toBeVisible();
  await expect(again.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await sourceTitles(again.page)).toEqual(['one']);
  const bounds = await again.electron!.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds());
  expect(bounds).toEqual({ x: 40, y: 60, width: 1000, height: 700 });
});

test('a page that dies is loaded again by itself', async ({ bench, open }) => {
  const { electron, page } = await open([bench.recording('three-agents')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  const text = await electron!.evaluate(async ({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!;
    const loaded = new Promise((resolve) => webContents.once('did-finish-load', () => resolve(null)));
    webContents.forcefullyCrashRenderer();
    await loaded;
    for (let i = 0; i < 100; i++) {
      const text = (await webContents.executeJavaScript('document.body.innerText')) as string;
      if (text.includes('prover-ada')) return text;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return 'The claims did not come back.';
  });
  expect(text).toContain('prover-ada');
});
