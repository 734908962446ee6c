import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { nodeCreated, nodesClaimed } from './bench';
import { needMounts } from './needs';
import { slowDisk } from './stress/disks';
import { expect, test } from './test';
import { actionDialog, rowOf } from './view';

// What a dialog does is the same in each host; a browser starts faster.
test.use({ host: 'browser' });

test('a dialog whose write a disk holds up can be closed, and its end is told', async ({ atEnd, bench, open }) => {
  test.setTimeout(120_000);
  needMounts();
  const behind = bench.proof('slow', [nodeCreated('1'), nodeCreated('1.1'), nodesClaimed(['1.1'], 'prover-ada', -60)]);
  const fast = bench.proof('fast', [nodeCreated('1'), nodeCreated('1.7'), nodesClaimed(['1.7'], 'prover-eve', 3000)]);
  const slow = path.join(bench.folder, 'network', 'slow');
  mkdirSync(slow, { recursive: true });
  const disk = await slowDisk(behind, slow);
  atEnd.push(() => disk.stop());
  const { page } = await open([slow, fast], { inside: disk.inside });

  await rowOf(page, '1.1', 'expired').click();
  await page.keyboard.press('Shift+R');
  const dialog = actionDialog(page);
  await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
  await disk.hangs();
  await dialog.getByRole('button', { name: 'Reap' }).click();
  await expect(dialog).toContainText('You may close this', { timeout: 20_000 });
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  const notices = page.getByRole('region', { name: 'Notices' });
  await expect(notices).toContainText('Reap 1.1: no answer yet');
  await rowOf(page, '1.7', 'live').click();
  await expect(page.getByRole('heading', { name: '1.7' }), 'The window is not usable meanwhile.').toBeVisible();

  await disk.answersAfter(0);
  await expect(notices).toContainText(/Reap 1\.1: (done|conflict|refused|failed)/, { timeout: 20_000 });
  await expect(notices).not.toContainText('no answer yet');
});
