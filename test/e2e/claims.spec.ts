import { readFileSync } from 'node:fs';
import { verdictWord } from '../../core/model';
import { eventFile, nodeCreated, nodesClaimed } from './bench';
import { expect, onEachHost, test } from './test';
import { watchVerdicts } from './verdicts-seen';
import { detailOf, rowOf, table } from './view';

onEachHost(() => {
  test('a recording: every claim with its holder and verdict, and one in full', async ({ bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    for (const [node, holder] of [
      ['1.1', 'prover-ada'],
      ['1.2', 'verifier-bo'],
      ['1.3', 'prover-cy'],
    ] as const) {
      await expect(rowOf(page, node, 'expired'), `The claim on ${node} is not in the table.`).toContainText(holder);
    }
    await expect(table(page)).toHaveAttribute('aria-rowcount', '4');
    await expect(page).toHaveTitle('3 stale · Lockscope');

    await rowOf(page, '1.2').click();
    const detail = detailOf(page);
    await expect(detail.getByRole('heading', { name: '1.2' })).toBeVisible();
    await expect(detail).toContainText('Case n even');
    await expect(detail).toContainText(/Lease ended .* ago/);
    await expect(detail).toContainText('at 2026-11-21T10:07:49.146726768Z');
    await expect(detail).toContainText('An extension may be unrecorded');
    await expect(detail.getByRole('listitem').filter({ hasText: 'Claimed by verifier-bo#10' })).toBeVisible();
    const record = detail.getByLabel('The record as it is written');
    await expect(record, 'The record in the pane is not the file on disk.').toHaveText(
      readFileSync(eventFile(proof, 10), 'utf8'),
    );
  });

  test('what another program appends shows by itself', async ({ agent, bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await expect(table(page)).toBeVisible();
    await expect(rowOf(page, '1.4')).toHaveCount(0);

    await agent.tell({ proof, verb: 'claim', node: '1.4', owner: 'prover-dee', forMs: 600_000 });
    await expect(rowOf(page, '1.4', 'live')).toContainText('prover-dee');
    await rowOf(page, '1.4').click();
    await expect(detailOf(page).getByRole('listitem').filter({ hasText: 'Claimed by prover-dee#13' })).toBeVisible();

    await agent.tell({ proof, verb: 'extend', node: '1.4', owner: 'prover-dee', forMs: 3_000_000 });
    await expect(rowOf(page, '1.4').getByText(/^49 m|^50 m/), 'The row does not show the extension.').toBeVisible();
    await expect(detailOf(page).getByRole('listitem').filter({ hasText: 'Extended by prover-dee#14' })).toBeVisible();

    await agent.tell({ proof, verb: 'release', node: '1.4', owner: 'prover-dee' });
    await expect(rowOf(page, '1.4')).toHaveCount(0);
    await expect(detailOf(page)).toContainText('This claim has ended.');
  });

  test('a lease runs out before the eye: live, expiring, expired', async ({ agent, bench, open }) => {
    const proof = bench.proof('short', [nodeCreated('1'), nodeCreated('1.1'), nodesClaimed(['1.1'], 'ada', 3000)]);
    const { page } = await open([proof]);
    await expect(rowOf(page, '1.1', 'live')).toBeVisible();
    const verdictsSeen = await watchVerdicts(page, '1');
    await agent.tell({ proof, verb: 'claim', node: '1', owner: 'verifier-bo', forMs: 6000 });
    await expect(rowOf(page, '1', 'expired')).toBeVisible();
    const verdicts = (['live', 'expiring', 'expired'] as const).map(verdictWord);
    expect(await verdictsSeen(), 'What it showed, in this order.').toEqual(verdicts);
    await expect(rowOf(page, '1').getByText(/^−/), 'A lease that is over counts on below zero.').toBeVisible();
    await expect(rowOf(page, '1.1', 'live')).toBeVisible();
    await expect(page).toHaveTitle('1 stale · Lockscope');
  });
});
