import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
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
    const reply = await window.lockscope!.request('snapshot', {});
    if (!reply.ok) throw new Error(reply.message);
    return reply.value.sources.map((source) => source.title);
  });
}

test('the page reaches the machine through one narrow door', async ({ bench, open }) => {
  const { page, electron } = await open([bench.recording('three-agents')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  const door = await page.evaluate(() => ({
    node: [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')],
    bridge: Object.keys(window.lockscope!).sort(),
  }));
  expect(door).toEqual({
    node: ['undefined', 'undefined'],
    bridge: ['droppedPath', 'onConnection', 'onPush', 'request'],
  });
  const preferences = await electron!.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    return window!.webContents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
  });
  const refusals = await page.evaluate(async () => {
    const ask = window.lockscope!.request as (channel: string, params: unknown) => Promise<unknown>;
    return Promise.all([
      ask('nonsense', {}),
      ask('constructor', {}),
      ask('open', { path: 'relative' }),
      ask('plan', { key: 1 }),
      ask('hello', { more: 1 }),
    ]);
  });
  for (const refusal of refusals) expect(refusal).toMatchObject({ ok: false, code: 'bad-request' });
});

test('the window stays on its page and may nothing', async ({ bench, open, expectedComplaints }) => {
  expectedComplaints.push(/policy/i, /Not allowed to load local resource/, /Failed to load resource/);
  const { page, electron } = await open([bench.recording('three-agents')]);
  await expect(rowOf(page, '1.1')).toBeVisible();
  for (const url of ['https://example.invalid/', 'file:///etc/passwd', 'lockscope://app/assets/', 'data:text/html,x']) {
    await page.evaluate((to) => {
      window.location.href = to;
    }, url);
  }
  const tried = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'document.title = "taken over"';
    const image = document.createElement('img');
    image.src = 'https://example.invalid/x.png';
    const frame = document.createElement('iframe');
    frame.src = 'lockscope://app/';
    for (const element of [script, image, frame]) document.body.append(element);
    const fetched = await fetch('https://example.invalid/').then(
      () => true,
      () => false,
    );
    const states = await Promise.all(
      ['geolocation', 'notifications', 'camera', 'clipboard-read'].map(
        async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
      ),
    );
    for (const element of [script, image, frame]) element.remove();
    return { violations, fetched, states, opened: window.open('https://example.invalid/') };
  });
  expect(tried.violations).toEqual(expect.arrayContaining(['script-src-elem', 'img-src', 'frame-src', 'connect-src']));
  expect(tried).toMatchObject({ fetched: false, opened: null });
  expect(new Set(tried.states)).toEqual(new Set(['denied']));
  expect(page.url()).toBe('lockscope://app/');
  expect(await page.title()).not.toBe('taken over');
  expect(await electron!.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  await expect(rowOf(page, '1.1')).toBeVisible();
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
  const { electron } = await open([bench.recording('three-agents')]);
  await electron!.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer();
  });
  await expect
    .poll(() =>
      electron!.evaluate(async ({ BrowserWindow }) => {
        const { webContents } = BrowserWindow.getAllWindows()[0]!;
        if (webContents.isCrashed() || webContents.isLoading()) return '';
        return (await webContents.executeJavaScript('document.body.innerText')) as string;
      }),
    )
    .toContain('prover-ada');
});
