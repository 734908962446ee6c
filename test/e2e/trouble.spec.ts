import { renameSync } from 'node:fs';
import type { Locator } from '@playwright/test';
import { nodeCreated, nodesClaimed, nodesReleased } from './bench';
import { within } from './stress/bounds';
import { expect, onEachHost, test } from './test';
import { actionDialog, filterBox, rowOf, showTab, table } from './view';

onEachHost(() => {
  test('a bricked proof is named with its event, and hides nothing beside it', async ({ bench, open }) => {
    const bricked = bench.recording('bricked-by-concurrent-reap', 'bricked');
    const good = bench.recording('three-agents');
    const { page } = await open([bricked, good]);
    const banner = page.getByRole('group', { name: 'Trouble in bricked' });
    await expect(banner).toContainText('bricked: its own tools cannot read it from #5');
    await expect(banner).toContainText('nodes_released for node 1, which is not claimed');
    for (const node of ['1.1', '1.2', '1.3']) await expect(rowOf(page, node, 'expired')).toBeVisible();
    const findings = await showTab(page, 'Doctor');
    await expect(findings).toContainText('#5');
    await expect(findings).toContainText('refused-transition');
  });

  test('a proof that a careless writer bricks before our eyes is named soon', async ({ agent, bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await rowOf(page, '1.2').click();
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();

    await agent.tell({ proof, verb: 'append-blindly', event: nodesReleased(['1.4']) });
    await expect(
      page.getByText('three-agents: its own tools cannot read it from #13'),
      'The watch did not see or not name the brick.',
    ).toBeVisible({ timeout: within(2_000) });
    await expect(dialog).toContainText('nothing is written into it');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeDisabled();
    await page.keyboard.press('Escape');
    await expect(rowOf(page, '1.2', 'expired'), 'The claims before the bad event stay.').toBeVisible();
    expect(bench.ledger(proof).size).toBe(13);
  });

  test('a source that vanishes keeps its claims, and is read again when it is back', async ({ agent, bench, open }) => {
    const gone = bench.recording('three-agents', 'gone');
    const stays = bench.proof('stays', [nodeCreated('1'), nodesClaimed(['1'], 'prover-eve', 3000)]);
    const { page } = await open([gone, stays]);
    await expect(rowOf(page, '1.2', 'expired')).toBeVisible();

    renameSync(gone, `${gone}-elsewhere`);
    await expect(page.getByText('gone: out of reach')).toBeVisible();
    await expect(rowOf(page, '1.2', 'unknown'), 'Of what is out of reach nothing is known.').toBeVisible();
    await expect(rowOf(page, '1', 'live')).toBeVisible();

    renameSync(`${gone}-elsewhere`, gone);
    await expect(rowOf(page, '1.2', 'expired')).toBeVisible();
    await expect(page.getByText('gone: out of reach')).toHaveCount(0);
    await agent.tell({ proof: gone, verb: 'claim', node: '1.4', owner: 'prover-dee', forMs: 600_000 });
    await expect(rowOf(page, '1.4', 'live'), 'It is not watched any more after it came back.').toBeVisible();
  });

  test('what is empty says so, and says what to do', async ({ agent, bench, open }) => {
    const proof = bench.proof('free', [nodeCreated('1')]);
    const { page, host, electron } = await open([proof]);
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
    await expect((await showTab(page, 'Doctor')).getByText('Nothing is wrong with the sources')).toBeVisible();
    await expect((await showTab(page, 'Audit')).getByText('Nothing was done yet')).toBeVisible();
    await showTab(page, 'Claims');

    // A folder without any source: through the system's dialog where there is one, by its path otherwise.
    await electron?.evaluate(({ dialog }, folder) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [folder] });
    }, bench.temp);
    await page.getByRole('button', { name: 'Add a source' }).click();
    if (host === 'browser') {
      await page.getByRole('dialog', { name: 'Open a folder' }).getByLabel('Path').fill(bench.temp);
      await page.keyboard.press('Enter');
    }
    await expect(page.getByText(`No locks that Lockscope knows are at ${bench.temp}`)).toBeVisible();
    if (host === 'browser') await page.keyboard.press('Escape');

    await agent.tell({ proof, verb: 'claim', node: '1', owner: 'prover-ada', forMs: 600_000 });
    await expect(rowOf(page, '1', 'live')).toBeVisible();
    await page.getByRole('button', { name: /^free,/ }).hover();
    await page.getByRole('button', { name: 'Take free out of the workspace' }).click();
    await expect(page.getByText('Open a folder to see who holds what')).toBeVisible();
  });

  test('2,000 claims: the page holds only what is seen, and finds the one that is asked for', async ({
    bench,
    open,
  }) => {
    const ids = Array.from({ length: 2000 }, (_, i) => `1.${i + 1}`);
    const proof = bench.proof('large', [
      nodeCreated('1'),
      ...ids.map((id) => nodeCreated(id)),
      nodesClaimed(ids.slice(0, 1999), 'prover-ada', 3000),
      nodesClaimed(['1.2000'], 'prover-zoe', 3000),
    ]);
    const { page } = await open([proof]);
    await expect(table(page)).toHaveAttribute('aria-rowcount', '2001');
    const rows = table(page).getByRole('row');
    const at = (index: number): Locator => table(page).locator(`[aria-rowindex="${index}"]`);
    const few = async (): Promise<void> => {
      expect(await rows.count(), 'The table draws rows that nobody sees.').toBeLessThan(60);
    };
    await few();
    await table(page).focus();
    await page.keyboard.press('End');
    await expect(at(2001)).toBeInViewport();
    await few();
    await page.keyboard.press('Home');
    await expect(at(2)).toBeInViewport();
    await few();
    await table(page).hover();
    await page.mouse.wheel(0, 36 * 1000);
    await expect(at(1008)).toBeInViewport();
    await few();
    await filterBox(page).fill('resource:1.1234');
    await expect(rowOf(page, '1.1234')).toBeVisible();
    await expect(table(page)).toHaveAttribute('aria-rowcount', '2');
    await filterBox(page).fill('holder:zoe');
    await expect(rowOf(page, '1.2000')).toBeVisible();
    await expect(table(page)).toHaveAttribute('aria-rowcount', '2');
  });
});
