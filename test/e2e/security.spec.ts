import { request } from 'node:http';
import type { Page } from '@playwright/test';
import { WebSocket } from 'ws';
import { nodeCreated, nodesClaimed } from './bench';
import { serve } from './lockscope';
import { expect, onEachHost, test } from './test';
import { detailOf, rowOf, showTab } from './view';

declare global {
  interface Window {
    hacked?: boolean;
  }
}

/** Requests that no window of ours would send, each with what is wrong with it. */
const MALFORMED: readonly (readonly [channel: string, params: unknown])[] = [
  ['frobnicate', {}],
  ['__proto__', {}],
  ['constructor', {}],
  ['detail', { key: 5 }],
  ['detail', { key: 'x', more: true }],
  ['detail', null],
  ['commit', { planId: 'x' }],
  ['plan', { claims: [{ key: 'x', seen: 'y' }], action: 'delete', actAs: null }],
  ['open', { path: 'not/absolute' }],
  ['open', { path: `/tmp/${'x'.repeat(5000)}` }],
  ['audit', { limit: 1e9 }],
  ['saveSettings', { theme: 'pink', actAs: '' }],
];

interface Refusal {
  readonly ok: boolean;
  readonly code: string;
}

/** The answers of the host to those requests, sent by the page through its only door. */
function answers(page: Page, requests: typeof MALFORMED): Promise<readonly Refusal[]> {
  return page.evaluate(async (all) => {
    const { lockscope } = window;
    if (lockscope !== undefined) {
      const door = lockscope as unknown as { request: (channel: string, params: unknown) => Promise<string> };
      return Promise.all(
        all.map(async ([channel, params]) => JSON.parse(await door.request(channel, params)) as Refusal),
      );
    }
    const socket = new WebSocket(new URL('/socket', location.href.replace(/^http/, 'ws')));
    await new Promise((resolve) => {
      socket.addEventListener('open', resolve);
    });
    const replies = all.map(
      ([channel, params], id) =>
        new Promise<Refusal>((resolve) => {
          socket.addEventListener('message', (event) => {
            const message = JSON.parse(event.data as string) as { id?: number; reply?: Refusal };
            if (message.id === id && message.reply !== undefined) resolve(message.reply);
          });
          socket.send(JSON.stringify({ id, channel, params }));
        }),
    );
    return Promise.all(replies).finally(() => {
      socket.close();
    });
  }, requests);
}

/** Whatever is shown: it runs nothing, is no element, hides and reorders nothing, and fits. */
async function nothingMoved(page: Page): Promise<void> {
  const shown = await page.evaluate(() => ({
    hacked: window.hacked ?? false,
    images: document.querySelectorAll('img, body script').length,
    tooWide: document.documentElement.scrollWidth > innerWidth,
    raw: /(?!\s)[\p{Cc}\p{Cf}]/u.test(`${document.title}${document.body.textContent}`),
  }));
  expect(shown).toEqual({ hacked: false, images: 0, tooWide: false, raw: false });
}

onEachHost(() => {
  test('the page can reach nothing but its host, and runs nothing but its own files', async ({
    bench,
    expectedComplaints,
    host,
    open,
  }) => {
    const { page, complaints } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    const reach = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'global', 'Buffer', '__dirname'].filter((name) => name in window),
      bridge: Object.keys((window as { lockscope?: object }).lockscope ?? {}).sort(),
    }));
    expect(reach.node, 'The page reaches into Node.').toEqual([]);
    const bridge = host === 'electron' ? ['droppedPath', 'onConnection', 'onPush', 'request'] : [];
    expect(reach.bridge, 'The preload exposes the Bridge and nothing else.').toEqual(bridge);

    expectedComplaints.push(/policy/i, /^Refused to /);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = true';
      document.head.append(script);
      const image = document.createElement('img');
      image.setAttribute('onerror', 'window.hacked = true');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
      const frame = document.createElement('iframe');
      frame.src = 'https://example.invalid/';
      document.body.append(frame);
    });
    // Frames have no rule of their own: everything that has none is forbidden.
    for (const rule of ["script-src 'self'", "img-src 'self'", "default-src 'none'"]) {
      await expect.poll(() => complaints.join('\n'), `Nothing was stopped by ${rule}.`).toContain(rule);
    }
    // Not while Playwright evaluates, which the browser excepts from the policy: in a task of the page's own.
    const evaluated = await page.evaluate(
      () =>
        new Promise((resolve) => {
          setTimeout(() => {
            try {
              // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- that this is refused is what is tested
              resolve(new Function('return 1')());
            } catch (error) {
              resolve(error instanceof EvalError ? 'refused' : 'broken');
            }
          });
        }),
    );
    expect(evaluated, 'The policy has unsafe-eval.').toBe('refused');
    expect(await page.evaluate(() => window.hacked ?? false)).toBe(false);
  });

  test('a request that is not understood is refused, and nothing is done', async ({ bench, open }) => {
    const proof = bench.recording('three-agents');
    const before = bench.ledger(proof);
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    const replies = await answers(page, MALFORMED);
    const wrong = replies.flatMap((reply, at) =>
      reply.ok || reply.code !== 'bad-request' ? [[MALFORMED[at], reply]] : [],
    );
    expect(wrong, 'These were not refused as a bad request.').toEqual([]);
    const [unknown] = await answers(page, [['commit', { planId: 'no-such-plan', reason: null, confirmation: null }]]);
    expect(unknown).not.toMatchObject({ value: { kind: 'done' } });
    expect(bench.ledger(proof)).toEqual(before);
  });

  test('hostile text is shown escaped and cut, and moves nothing', async ({ bench, open }) => {
    const evil =
      '<img src=x onerror="window.hacked=true"><script>window.hacked=true</script>\u202Eevil\u0000\u001b[31m\u2066';
    const proof = bench.proof('hostile\u202Egnp.<b>\u200b', [
      nodeCreated('1', `${evil}${'ab '.repeat(330_000)}`),
      nodeCreated('1.1', 'plain'),
      nodeCreated('1.2', evil),
      nodesClaimed(['1'], `${evil}${'W'.repeat(100_000)}`, -60),
      nodesClaimed(['1.1'], 'prover-ada', 3000),
      nodesClaimed(['1.2'], `\u200b\u200f\n\n\nZ${'\u0301\u0316'.repeat(2_000)}`, 3000),
      { type: evil, timestamp: '2026-01-01T00:00:00Z' },
    ]);
    const { page } = await open([proof]);
    await expect(rowOf(page, '1', 'expired')).toBeVisible();
    const heights = await page.getByRole('row').evaluateAll((rows) => rows.slice(1).map((row) => row.clientHeight));
    expect(new Set(heights).size, 'A hostile name makes its row higher than the others.').toBe(1);
    await rowOf(page, '1', 'expired').click();
    const detail = detailOf(page);
    await expect(detail).toContainText('<img src=x onerror=');
    await expect(detail).toContainText('\\u202eevil\\u0000\\u001b[31m\\u2066');
    await expect(detail.getByLabel('The record as it is written')).toContainText('"type":"nodes_claimed"');
    await page.keyboard.press('Shift+R');
    await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Reap' })).toBeInViewport();
    await nothingMoved(page);
    const cut = await page.getByRole('alertdialog').innerText();
    expect(cut.length, 'A name of 100 kB is cut in a dialog.').toBeLessThan(20_000);
    await page.keyboard.press('Escape');

    const names = detail.getByRole('button', { name: /^Show .* characters$/ });
    await expect(names).toHaveCount(2);
    await names.first().press('Enter');
    await names.first().press('Enter');
    await expect(detail.getByRole('group', { name: 'All of it' })).toHaveCount(2);
    await nothingMoved(page);
    await rowOf(page, '1.2').click();
    await expect(detail).toContainText('\\u200b\\u200f\\n\\n\\nZ');
    await expect(detail, 'Heaped marks are escaped.').toContainText('\\u0316\\u0301');

    await showTab(page, 'Doctor');
    await expect(page.getByRole('tabpanel')).toContainText('hostile\\u202egnp.<b>\\u200b');
    await nothingMoved(page);
    await page.getByRole('button', { name: /^Verify hostile/ }).click();
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText('hostile\\u202egnp.<b>');
    await nothingMoved(page);
    await showTab(page, 'Audit');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('hostile');
    await expect(page.getByRole('option').first()).toContainText('<b>');
    await nothingMoved(page);
  });
});

test.describe('electron', () => {
  test.use({ host: 'electron' });

  test('the window opens no other and goes nowhere', async ({ bench, open, expectedComplaints }) => {
    const { page, electron, output } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    expectedComplaints.push(/^Not allowed to load local resource/);
    const home = page.url();
    expect(home).toBe('lockscope://app/');
    expect(await page.evaluate(() => window.open('https://example.invalid/') === null)).toBe(true);
    await page.evaluate(() => {
      location.href = 'https://example.invalid/';
    });
    await expect.poll(output, 'The navigation was not stopped by the host.').toContain('a navigation away');
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = 'file:///etc/passwd';
      link.target = '_blank';
      document.body.append(link);
      link.click();
    });
    // Playwright's own waiting takes the navigation for one that is still under way.
    const now = await page.evaluate(() => ({
      url: location.href,
      rows: document.querySelectorAll('[role=row]').length,
    }));
    expect(now, 'The window left its page.').toEqual({ url: home, rows: 4 });
    expect(electron?.windows()).toHaveLength(1);
    const preferences = await electron?.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      return (
        window?.webContents as unknown as { getLastWebPreferences(): Electron.WebPreferences }
      ).getLastWebPreferences();
    });
    expect(preferences).toMatchObject({ contextIsolation: true, nodeIntegration: false, sandbox: true });
  });
});

test.describe('browser', () => {
  test.use({ host: 'browser' });

  test('its address works once, and strangers are refused', async ({ bench, browserOnDemand }) => {
    const server = await serve(bench, [bench.recording('three-agents')]);
    try {
      const { origin, port, host } = new URL(server.address);
      const browser = await browserOnDemand();
      const first = await browser.newContext();
      const page = await first.newPage();
      const loaded = await page.goto(server.address);
      const policy = loaded?.headers()['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      await expect(rowOf(page, '1.1')).toBeVisible();

      const second = await browser.newContext();
      const stranger = await second.newPage();
      const refused = await stranger.goto(server.address);
      expect(refused?.status(), 'The token works a second time.').toBe(401);
      await expect(stranger.getByText('This address does not work, or not any more.')).toBeVisible();
      await expect(rowOf(page, '1.1'), 'The first browser stays signed in.').toBeVisible();

      expect(await upgradeStatus(`ws://${host}/socket`, { origin }), 'A socket without a cookie is opened.').toBe(401);
      const [cookie] = await first.cookies();
      const signedIn = { cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}` };
      const elsewhere = { ...signedIn, origin: 'http://evil.invalid' };
      expect(await upgradeStatus(`ws://${host}/socket`, elsewhere), 'A foreign page opens a socket.').toBe(403);
      expect(await upgradeStatus(`ws://${host}/socket`, { ...signedIn, origin })).toBe(101);
      expect(await getStatus(port, { host: 'evil.invalid', ...signedIn }), 'A foreign host name is answered.').toBe(
        403,
      );
      expect(await getStatus(port, { host, ...signedIn })).toBe(200);
      await Promise.all([first.close(), second.close()]);
    } finally {
      await server.stop();
    }
  });
});

/** 101 when the socket opened. */
function upgradeStatus(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (asked, response) => {
      asked.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

function getStatus(port: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject).end();
  });
}
