import { setTimeout as sleep } from 'node:timers/promises';
import { burst } from '../helpers/burst';
import { nodeCreated, nodesClaimed } from './bench';
import { answersWhile, p95 } from './stress/answers';
import { partOf, within } from './stress/bounds';
import { putToSleep } from './stress/sleep';
import { watchWords } from './stress/watch-words';
import { expect, onEachHost, test } from './test';
import { rowOf, table } from './view';

const NODES = Array.from({ length: 100 }, (_, i) => `1.${(i + 1).toString()}`);

onEachHost(() => {
  test('a burst of 5,000 events in a second: nothing lost, nothing twice, and the window answers', async ({
    bench,
    open,
  }) => {
    const proof = bench.proof('busy', [nodeCreated('1'), ...NODES.map((id) => nodeCreated(id))]);
    const first = bench.ledger(proof).size + 1;
    const { page } = await open([proof]);
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
    const idle = p95((await answersWhile(page, sleep(400))).keys);

    const events = 5_001;
    const written = burst({ proof, first, events, ms: 1_000, nodes: NODES });
    const { keys, host, longTasks } = await answersWhile(page, written);
    const late = `The window does not answer during a burst (idle: ${idle.toFixed()} ms).`;
    expect(p95(keys), late).toBeLessThan(Math.max(within(200), 4 * idle));
    if (host.length > 0) expect(p95(host), late).toBeLessThan(Math.max(within(200), 4 * idle));
    const busyMs = longTasks.reduce((sum, ms) => sum + ms, 0);
    expect(busyMs, 'The page does little else than tasks of more than 50 ms.').toBeLessThan(
      (await written) * partOf(0.5),
    );

    await expect(table(page), 'One claim is left of it.').toHaveAttribute('aria-rowcount', '2');
    await expect(rowOf(page, '1.1', 'live')).toContainText(`burst-${(events - 1).toString()}`);
    const isWhole = page.getByText(`#${(first + events - 1).toString()}`);
    await rowOf(page, '1.1').click();
    await expect(isWhole.first(), 'Its claim is not that of the last event.').toBeVisible();
  });

  for (const sleeper of ['everything', 'its page', 'its host'] as const) {
    test(`${sleeper} sleeps while events come and leases end: right again soon`, async ({
      agent,
      atEnd,
      bench,
      open,
    }) => {
      const proof = bench.proof('asleep', [
        nodeCreated('1'),
        ...NODES.map((id) => nodeCreated(id)),
        nodesClaimed(['1.1'], 'prover-ada', 2),
        nodesClaimed(['1.2'], 'prover-bob', 3000),
      ]);
      const lockscope = await open([proof]);
      const { page } = lockscope;
      await expect(rowOf(page, '1.1')).toBeVisible();
      await expect(rowOf(page, '1.2', 'live')).toBeVisible();
      const wordsSeen = await watchWords(page, ['out of reach', 'cannot read']);

      const wake = putToSleep(lockscope, sleeper);
      atEnd.push(() => {
        wake();
        return Promise.resolve();
      });
      try {
        await agent.tell({ proof, verb: 'release', node: '1.2', owner: 'prover-bob' });
        await agent.tell({ proof, verb: 'claim', node: '1.4', owner: 'prover-dee', forMs: 600_000 });
        await burst({ proof, first: 107, events: 1_001, ms: 200, nodes: NODES.slice(10, 20) });
        await sleep(1_500);
      } finally {
        wake();
      }
      const soon = { timeout: within(3_000) };
      const shown = async () => ({
        claimed: await rowOf(page, '1.4', 'live').isVisible(),
        expired: await rowOf(page, '1.1', 'expired').isVisible(),
        released: await rowOf(page, '1.2').count(),
        rows: await table(page).getAttribute('aria-rowcount'),
      });
      const right = { claimed: true, expired: true, released: 0, rows: '4' };
      await expect.poll(shown, { ...soon, message: 'It is not right again.' }).toEqual(right);
      expect(await wordsSeen(), 'It said of a source that was there all the time that it was not.').toEqual([]);
      await agent.tell({ proof, verb: 'claim', node: '1.5', owner: 'prover-dee', forMs: 600_000 });
      await expect(rowOf(page, '1.5', 'live'), 'It does not watch any more.').toBeVisible(soon);
    });
  }
});
