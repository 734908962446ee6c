import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeCreated, nodesClaimed } from './bench';
import { claimsByCommandLine } from './lockscope';
import { expect, onEachHost, test } from './test';
import { actionDialog, detailOf, rowOf } from './view';

const EVENTS = (): object[] => [nodeCreated('1'), nodeCreated('1.1'), nodesClaimed(['1.1'], 'prover-ada', 3000)];

onEachHost(() => {
  test('a force-release of a live claim needs a reason and the typed id', async ({ bench, open }) => {
    const proof = bench.proof('live', EVENTS());
    const before = bench.ledger(proof);
    const { page } = await open([proof]);
    await rowOf(page, '1.1', 'live').click();
    await expect(detailOf(page).getByRole('button', { name: /^Reap/ }), 'Only what is stale is reaped.').toHaveCount(0);
    await detailOf(page)
      .getByRole('button', { name: /^Force-release/ })
      .click();

    const dialog = actionDialog(page);
    const confirm = dialog.getByRole('button', { name: 'Force-release' });
    await expect(dialog).toContainText('which may be at work on it right now');
    await expect(confirm).toBeDisabled();
    await expect(dialog).toContainText('A reason is needed.');
    await dialog.getByLabel('Reason').fill('its host was stolen');
    await expect(dialog).toContainText('Type 1.1 to confirm.');
    await expect(confirm).toBeDisabled();
    await dialog.getByLabel(/^Type/).fill('1.10');
    await expect(confirm, 'Another id than the shown one confirms nothing.').toBeDisabled();
    await dialog.getByLabel(/^Type/).press('Enter');
    expect(bench.ledger(proof)).toEqual(before);
    await dialog.getByLabel(/^Type/).fill('1.1');
    await confirm.click();

    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    const added = [...bench.ledger(proof)].filter(([name]) => !before.has(name));
    expect(added).toHaveLength(1);
    expect(added[0]?.[1]).toMatch(/^\{"type":"nodes_released","timestamp":"[^"]+","node_ids":\["1\.1"\]\}$/);
    expect(bench.audit().at(-1)).toMatchObject({
      action: 'force-release',
      reason: 'its host was stolen',
      verdict: 'live',
    });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
  });

  test('a release is refused to a wrong name and done for the right one', async ({ bench, open }) => {
    const proof = bench.proof('live', EVENTS());
    const before = bench.ledger(proof);
    const { page } = await open([proof]);
    await rowOf(page, '1.1', 'live').click();
    await detailOf(page)
      .getByRole('button', { name: /^Release/ })
      .click();
    const dialog = actionDialog(page);
    const confirm = dialog.getByRole('button', { name: 'Release' });
    await expect(dialog).toContainText('Type the name that you act as.');
    await expect(confirm).toBeDisabled();

    await dialog.getByLabel('Act as').fill('prover-bob');
    await expect(dialog).toContainText(
      'prover-ada holds it, not prover-bob. A release ends only a claim of the name that you act as.',
    );
    await expect(confirm).toBeDisabled();
    expect(bench.ledger(proof)).toEqual(before);

    await dialog.getByLabel('Act as').fill('prover-ada');
    await expect(dialog).toContainText('It is written as prover-ada itself would release it.');
    await confirm.click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(bench.audit().at(-1)).toMatchObject({ action: 'release', actAs: 'prover-ada', result: 'done' });
    expect(bench.ledger(proof).size).toBe(before.size + 1);
    expect(await claimsByCommandLine(bench, proof)).toEqual([]);
  });

  test('a stale lock file is taken away, kept, and put back from the dialog or the audit view', async ({
    bench,
    open,
  }) => {
    const proof = bench.proof('locks', [nodeCreated('1')]);
    const lock = path.join(proof, 'locks', '1.lock');
    const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
    const content = JSON.stringify({
      node_id: '1',
      owner: 'prover-dee',
      acquired_at: at(-120),
      expires_at: at(-60),
    });
    writeFileSync(lock, content);
    const { page } = await open([proof]);
    const dialog = actionDialog(page);
    const reap = async (): Promise<void> => {
      await rowOf(page, '1', 'expired').click();
      await detailOf(page).getByRole('button', { name: /^Reap/ }).click();
      await expect(dialog).toContainText('removes locks/1.lock');
      await expect(dialog).toContainText('→ locks/.lockscope/');
      await dialog.getByRole('button', { name: 'Reap' }).click();
      await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
      expect(existsSync(lock)).toBe(false);
    };
    await reap();
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await expect(dialog).toContainText('Put back locks/1.lock, with its bytes, mode and times.');
    expect(readFileSync(lock, 'utf8')).toBe(content);
    await dialog.getByRole('button', { name: 'Close' }).click();

    await reap();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('tab', { name: /^Audit/ }).click();
    await page
      .getByRole('button', { name: /^Done Reap 1/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await expect.poll(() => existsSync(lock)).toBe(true);
    await expect.poll(() => bench.audit().at(-1)).toMatchObject({ action: 'undo', result: 'done', resource: '1' });
  });

  test('read-only: everything can be looked at, nothing can be done', async ({ bench, open }) => {
    const proof = bench.recording('three-agents');
    const before = bench.ledger(proof);
    const { page } = await open([proof], { readOnly: true });
    await expect(page.getByText('Read-only').first()).toBeVisible();
    await rowOf(page, '1.2').click();
    await expect(detailOf(page)).toContainText('Read-only: a dialog shows what would be done, and does nothing.');
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByLabel('Exact content of 000013.json'), 'The dry run is shown.').toBeVisible();
    await expect(dialog).toContainText('Read-only: this is a dry run. Start Lockscope without --read-only to write.');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeDisabled();
    await dialog.getByLabel('Reason').press('Enter');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    expect(bench.ledger(proof)).toEqual(before);
  });
});
