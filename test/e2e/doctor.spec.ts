import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeCreated, nodesClaimed, nodesReleased } from './bench';
import { expect, onEachHost, test } from './test';
import { actionDialog, rowOf, showTab } from './view';

onEachHost(() => {
  test('stale claims are marked with keys and reaped together, in one event', async ({ bench, open }) => {
    const proof = bench.recording('three-agents', 'parity proof');
    const before = bench.ledger(proof).size;
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.3', 'expired')).toBeVisible();
    const bar = page.getByRole('region', { name: 'Marked claims' });
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await expect(bar).toContainText('1 selected');
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await expect(bar).toContainText('2 selected');
    await expect(page.locator('[role=row][aria-selected=true]')).toHaveCount(2);
    await page.keyboard.press('Escape');
    await expect(bar).toHaveCount(0);

    await page.getByRole('button', { name: 'Select all stale' }).click();
    await expect(bar).toContainText('3 selected');
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('heading', { name: 'Reap 3 nodes?' })).toBeVisible();
    await expect(dialog.getByRole('region', { name: '3 claims' }).getByRole('listitem')).toHaveCount(3);
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await dialog.getByRole('button', { name: 'Reap' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(bar).toHaveCount(0);
    await expect(page.getByRole('grid')).toHaveCount(0);
    expect(bench.ledger(proof).size).toBe(before + 1);
  });

  test('a claim that ends while several are about to be reaped is a conflict; the others can be looked at again', async ({
    agent,
    bench,
    open,
  }) => {
    const proof = bench.recording('three-agents', 'parity proof');
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.3', 'expired')).toBeVisible();
    await page.getByRole('button', { name: 'Select all stale' }).click();
    await page
      .getByRole('region', { name: 'Marked claims' })
      .getByRole('button', { name: /^Reap 3/ })
      .click();
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    await agent.tell({ proof, verb: 'extend', node: '1.3', owner: 'prover-cy', forMs: 600_000 });
    await expect(dialog).toContainText('Of these 3 claims, 1 is no longer what you looked at. Nothing was written');
    await dialog.getByRole('button', { name: 'Look again' }).click();
    await expect(dialog.getByRole('heading', { name: 'Reap 2 nodes?' })).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
  });

  test('Doctor mends a proof that its own tools cannot read, and undoes it', async ({ bench, open }) => {
    const proof = bench.proof('broken proof', [
      nodeCreated('1'),
      nodesClaimed(['1'], 'prover-eve', 3200),
      nodesReleased(['1']),
      nodesReleased(['1']),
    ]);
    const before = bench.ledger(proof);
    const { page } = await open([proof]);
    const trouble = page.getByRole('group', { name: 'Trouble in broken proof' });
    await trouble.getByRole('button', { name: 'What mends it' }).click();
    const doctor = page.getByRole('tabpanel', { name: 'Doctor' });
    await doctor.getByRole('button', { name: /^Mend broken proof/ }).click();
    const dialog = actionDialog(page);
    await expect(dialog).toContainText('000005.json');
    await expect(dialog).toContainText('Afterwards its own tools read it');
    await dialog.getByRole('button', { name: 'Mend' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(doctor.getByText('Nothing is wrong with the sources')).toBeVisible();
    expect(bench.ledger(proof).size).toBe(4);

    await doctor.getByRole('button', { name: 'Undo' }).click();
    await expect(doctor.getByText('Its last events keep its own tools from reading it.')).toBeVisible();
    expect(bench.ledger(proof)).toEqual(before);
  });

  test('hundreds of findings of mixed kinds stay readable', async ({ bench, open }) => {
    const proof = bench.proof('messy', [nodeCreated('1'), nodesReleased(['1'])]);
    for (let n = 0; n < 150; n += 1) {
      writeFileSync(path.join(proof, 'locks', `bad-${n.toString()}.lock`), `not json ${n.toString()}`);
    }
    const { page } = await open([proof]);
    const doctor = await showTab(page, 'Doctor');
    const many = doctor.getByRole('button', { expanded: false }).filter({ hasText: '150' });
    await expect(many).toBeVisible();
    expect(await doctor.getByRole('listitem').count(), 'Of many of one kind only one line is shown.').toBeLessThan(10);
    await many.press('Enter');
    await expect(doctor.getByRole('button', { name: 'Show 50 more of 50' })).toBeVisible();
    await doctor.getByRole('button', { name: 'Show 50 more of 50' }).press('Enter');
    await expect(doctor.getByRole('listitem').filter({ hasText: 'bad-' })).toHaveCount(150);
  });
});
