import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Bench } from './bench';
import { alive, family, type Kin, kinOf } from './family';
import { expect, onEachHost, test } from './test';
import { rowOf } from './view';

/** No process of that start, and nothing in the temporary folder. */
async function expectNothingLeft(bench: Bench, kin: Kin): Promise<void> {
  await expect
    .poll(() => [...alive(kin), ...family(bench.home).values()], 'These processes outlive the host.')
    .toEqual([]);
  expect(readdirSync(bench.temp), 'These files outlive the host.').toEqual([]);
}

onEachHost(() => {
  test('Ctrl+C ends everything', async ({ bench, expectedComplaints, open }) => {
    expectedComplaints.push(/WebSocket connection to .* failed/, /net::ERR_CONNECTION_REFUSED/);
    const { page, pid } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    const kin = kinOf(pid);
    process.kill(pid, 'SIGINT');
    await expectNothingLeft(bench, kin);
  });

  test('broken settings, workspace and window files are no reason not to start', async ({ bench, open }) => {
    for (const name of ['settings.json', 'workspace.json', 'window.json']) {
      writeFileSync(path.join(bench.home, name), '{"theme":7,"paths":[3],');
    }
    const { page } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
  });
});

test.describe('electron', () => {
  test.use({ host: 'electron' });

  test('closing the window ends everything', async ({ bench, open }) => {
    const { page, pid, electron } = await open([bench.recording('three-agents')]);
    await expect(rowOf(page, '1.1')).toBeVisible();
    const kin = kinOf(pid);
    expect(alive(kin).length, 'The window and its helpers are several processes.').toBeGreaterThan(2);
    const ended = electron?.waitForEvent('close');
    await page.close();
    await ended;
    await expectNothingLeft(bench, kin);
  });
});
