import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Bench, nodeCreated, nodesClaimed } from './bench';
import { alive, kinOf } from './family';
import { needMounts } from './needs';
import { answersWhile, p95 } from './stress/answers';
import { type SlowDisk, slowDisk } from './stress/disks';
import { expect, onEachHost, test } from './test';
import { actionDialog, rowOf } from './view';

interface OnSlowDisk {
  readonly disk: SlowDisk;
  /** The proof as Lockscope sees it. */
  readonly slow: string;
  /** The same proof as others write to it. */
  readonly behind: string;
  readonly fast: string;
}

/** One proof on a disk that can be slowed down, and one on a fast disk. */
async function onSlowDisk(bench: Bench, atEnd: (() => Promise<void>)[]): Promise<OnSlowDisk> {
  const behind = bench.proof('slow', [
    nodeCreated('1'),
    ...Array.from({ length: 200 }, (_, i) => nodeCreated(`1.${(i + 1).toString()}`)),
    nodesClaimed(['1.1'], 'prover-ada', -60),
  ]);
  const fast = bench.proof('fast', [
    nodeCreated('1'),
    nodeCreated('1.7'),
    nodeCreated('1.8'),
    nodesClaimed(['1.7'], 'prover-eve', 3000),
  ]);
  const place = path.join(bench.folder, 'network', 'slow');
  mkdirSync(place, { recursive: true });
  const disk = await slowDisk(behind, place);
  atEnd.push(() => disk.stop());
  return { disk, slow: place, behind, fast };
}

onEachHost(() => {
  test.beforeEach(({}, testInfo) => {
    // Most of it is waiting for what is bounded in time; on a busy machine a window alone takes its half minute.
    testInfo.setTimeout(120_000);
    needMounts();
  });

  test('a disk that answers late: only its own source waits', async ({ agent, atEnd, bench, open }) => {
    const { disk, slow, fast } = await onSlowDisk(bench, atEnd);
    // So slow that the reading outlasts everything below, also where the window itself starts slowly.
    await disk.answersAfter(60);
    const { page } = await open([slow, fast], { inside: disk.inside });
    await expect(rowOf(page, '1.7', 'live'), 'A slow disk keeps others waiting.').toBeVisible({ timeout: 3_000 });
    await expect(page.getByText(/^Reading slow: /)).toBeVisible();
    const claim = async (): Promise<void> => {
      await agent.tell({ proof: fast, verb: 'claim', node: '1.8', owner: 'prover-dee', forMs: 600_000 });
      await expect(rowOf(page, '1.8', 'live')).toBeVisible({ timeout: 2_000 });
    };
    const answers = await answersWhile(page, claim());
    // Far from a freeze, also where other programs keep the machine busy: a host that waited would for many seconds.
    expect(p95(answers.keys), 'The window does not answer while a disk is slow.').toBeLessThan(1_000);
    expect(Math.max(0, ...answers.host), 'The host does not answer while a disk is slow.').toBeLessThan(1_000);
    await expect(page.getByText(/^Reading slow: /)).toBeVisible();
    await disk.answersAfter(0);
    await expect(rowOf(page, '1.1', 'expired')).toBeVisible();
  });

  test('a disk that stops answering is named; others go on; closing works', async ({ agent, atEnd, bench, open }) => {
    const { disk, slow, behind, fast } = await onSlowDisk(bench, atEnd);
    const lockscope = await open([slow, fast], { inside: disk.inside });
    const { page } = lockscope;
    const kin = kinOf(lockscope.pid);
    await expect(rowOf(page, '1.1', 'expired')).toBeVisible();

    await disk.hangs();
    await agent.tell({ proof: behind, verb: 'claim', node: '1.2', owner: 'prover-bob', forMs: 600_000 });
    const waiting = page.getByText(/its disk has not answered for/);
    await expect(waiting).toBeVisible();
    await agent.tell({ proof: fast, verb: 'claim', node: '1.8', owner: 'prover-dee', forMs: 600_000 });
    await expect(rowOf(page, '1.8', 'live')).toBeVisible({ timeout: 2_000 });
    await rowOf(page, '1.1').click();
    await page.keyboard.press('Shift+R');
    await expect(actionDialog(page)).toContainText('has not answered', { timeout: 3_000 });
    await page.keyboard.press('Escape');

    await disk.answersAfter(0);
    await expect(waiting).toHaveCount(0);
    await expect(rowOf(page, '1.2', 'live')).toBeVisible();

    await disk.hangs();
    await expect(waiting).toBeVisible();
    await page.getByRole('button', { name: /^slow,/ }).hover();
    await page.getByRole('button', { name: 'Take slow out of the workspace' }).click();
    await expect(page.getByRole('button', { name: /^slow,/ })).toHaveCount(0, { timeout: 2_000 });
    await expect(rowOf(page, '1.7', 'live')).toBeVisible();
    const startedMs = Date.now();
    await lockscope.close();
    expect(Date.now() - startedMs, 'It does not end while a disk hangs.').toBeLessThan(8_000);
    // The last ones notice a moment later that the first is gone.
    await expect.poll(() => alive(kin)).toEqual([]);
  });

  test('a disk that does not answer at the start keeps nothing else from being seen', async ({
    atEnd,
    bench,
    open,
  }) => {
    const { disk, slow, fast } = await onSlowDisk(bench, atEnd);
    await disk.hangs();
    const lockscope = await open([slow, fast], { inside: disk.inside });
    const { page } = lockscope;
    const kin = kinOf(lockscope.pid);
    await expect(rowOf(page, '1.7', 'live')).toBeVisible();
    await expect(page.getByText(/slow cannot be looked at: its disk did not answer for 2 s/)).toBeVisible();
    const startedMs = Date.now();
    await lockscope.close();
    expect(Date.now() - startedMs, 'It does not end while a disk hangs.').toBeLessThan(8_000);
    // The last ones notice a moment later that the first is gone.
    await expect.poll(() => alive(kin)).toEqual([]);
  });
});
