import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeCreated, nodesClaimed } from './bench';
import { needMounts } from './needs';
import { answersWhile, p95 } from './stress/answers';
import { within } from './stress/bounds';
import { readOnlyDisk } from './stress/disks';
import { expect, onEachHost, test } from './test';
import { actionDialog, filterBox, rowOf, showTab, table } from './view';

/** A source lists so many findings by themselves. */
const MOST_LISTED = 500;

/** In a user namespace of its own a program has limits of its own: here it may watch nothing. */
const WITHOUT_WATCHES = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
  'sh',
];

onEachHost(() => {
  test('where the system lets nobody watch it looks instead, and says so', async ({ agent, bench, open }) => {
    needMounts();
    const proof = bench.proof('unwatched', [nodeCreated('1'), nodesClaimed(['1'], 'prover-ada', 3000)]);
    const { page } = await open([proof], { inside: WITHOUT_WATCHES });
    await expect(rowOf(page, '1', 'live')).toBeVisible();
    await expect(page.getByText('Looking at 1 source every 2 s')).toBeVisible();
    await agent.tell({ proof, verb: 'release', node: '1', owner: 'prover-ada' });
    await expect(rowOf(page, '1')).toHaveCount(0, { timeout: within(4_000) });
  });

  test('a read-only disk is read and watched; an action says why it cannot be, and writes nothing', async ({
    agent,
    atEnd,
    bench,
    open,
  }) => {
    needMounts();
    const proof = bench.proof('fixed', [nodeCreated('1'), nodeCreated('1.1'), nodesClaimed(['1'], 'prover-ada', -60)]);
    const disk = await readOnlyDisk(proof);
    atEnd.push(() => disk.stop());
    const { page } = await open([proof], { inside: disk.inside });
    await expect(rowOf(page, '1', 'expired')).toBeVisible();
    // Others may see the same disk where it can be written.
    await agent.tell({ proof, verb: 'claim', node: '1.1', owner: 'prover-bob', forMs: 600_000 });
    await expect(rowOf(page, '1.1', 'live')).toBeVisible();
    const before = bench.ledger(proof);

    await rowOf(page, '1').click();
    await page.keyboard.press('Shift+R');
    await actionDialog(page).getByRole('button', { name: 'Reap' }).click();
    await expect(actionDialog(page)).toContainText(/read-only/);
    await page.keyboard.press('Escape');
    expect(bench.ledger(proof)).toEqual(before);
    await expect(rowOf(page, '1', 'expired')).toBeVisible();
    await expect(await showTab(page, 'Audit')).toContainText('Reap 1 from prover-ada');
    const [started, ended, ...more] = bench.audit();
    expect([started?.['result'], ended?.['result'], more.length]).toEqual(['started', 'failed', 0]);
    expect(ended?.['message']).toContain('read-only');
  });

  for (const [count, words] of [
    [200, '200 findings'],
    // What is beyond the listed ones is counted in one more.
    [5_000, '501 findings'],
  ] as const) {
    test(`a source with ${count.toString()} findings opens, and its findings can be read`, async ({ bench, open }) => {
      const proof = bench.proof('troubled', [nodeCreated('1'), nodesClaimed(['1'], 'prover-ada', 3000)]);
      for (let i = 0; i < count; i += 1) writeFileSync(path.join(proof, 'locks', `1.${i.toString()}.lock`), '{');
      const { page } = await open([proof]);
      await expect(rowOf(page, '1', 'live')).toBeVisible();
      await expect(page.getByRole('button', { name: `troubled, readable, 1 held, 0 stale, ${words}` })).toBeVisible();
      const doctor = await showTab(page, 'Doctor');
      await doctor.getByRole('button', { name: /lock file/i }).click();
      const more = doctor.getByRole('button', { name: /^Show .* more of/ });
      while ((await more.count()) > 0) await more.click();
      const listed = Math.min(count, MOST_LISTED);
      await expect(
        doctor.getByText(/^locks\/1\.\d+\.lock cannot be used/),
        'Its findings are not all there.',
      ).toHaveCount(listed);
      const left = `There are ${(count - listed).toString()} more findings that are not listed here.`;
      await expect(doctor.getByText(left)).toHaveCount(count > listed ? 1 : 0);
      await showTab(page, 'Claims');
      const { keys } = await answersWhile(page, new Promise((resolve) => setTimeout(resolve, 500)));
      // Far from a freeze, also where other programs keep the machine busy.
      expect(p95(keys), 'The window does not answer.').toBeLessThan(1_000);
    });
  }

  test('200 proofs in one workspace open, are followed, and leave the window usable', async ({
    agent,
    bench,
    open,
  }) => {
    const folder = path.join(bench.folder, 'proofs');
    for (let i = 0; i < 200; i += 1) {
      bench.proof(`p${i.toString().padStart(3, '0')}`, [nodeCreated('1'), nodesClaimed(['1'], 'prover-ada', 3000)]);
    }
    const proof = bench.proof('zz', [nodeCreated('1'), nodeCreated('1.1')]);
    mkdirSync(path.join(folder, 'empty'));
    const { page } = await open([folder]);
    await expect(table(page)).toHaveAttribute('aria-rowcount', '201', { timeout: within(15_000) });
    await agent.tell({ proof, verb: 'claim', node: '1.1', owner: 'prover-bob', forMs: 600_000 });
    await filterBox(page).fill('resource:1.1');
    await expect(rowOf(page, '1.1', 'live')).toBeVisible({ timeout: within(2_000) });
    await filterBox(page).fill('');
    await table(page).focus();
    const { keys } = await answersWhile(page, new Promise((resolve) => setTimeout(resolve, 500)));
    // Far from a freeze, also where other programs keep the machine busy.
    expect(p95(keys), 'The window does not answer.').toBeLessThan(1_000);
  });
});
