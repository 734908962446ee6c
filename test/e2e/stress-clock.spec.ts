import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Bench, nodeCreated, nodesClaimed } from './bench';
import { needClockToSet } from './needs';
import { within } from './stress/bounds';
import { watchWords } from './stress/watch-words';
import { expect, test } from './test';
import { detailOf, rowOf } from './view';

const HOUR_S = 3600;

// Chromium itself hardly runs below that library, so its page gets its time from the driver.
test.use({ host: 'browser' });

/** A clock of the host's own, which can be set while it runs: by seconds from this machine's. */
function settableClock(bench: Bench): { readonly inside: readonly string[]; readonly set: (seconds: number) => void } {
  const file = path.join(bench.folder, 'clock');
  const set = (seconds: number): void => {
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds.toString()}\n`);
  };
  set(0);
  const preload = [`LD_PRELOAD=${needClockToSet()}`, `FAKETIME_TIMESTAMP_FILE=${file}`];
  const inside = ['env', ...preload, 'FAKETIME_NO_CACHE=1', 'NO_FAKE_STAT=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
  return { inside, set };
}

test('a clock that is set back and forward: verdicts follow, ends are told once, no age is negative', async ({
  agent,
  bench,
  open,
}) => {
  const clock = settableClock(bench);
  const proof = bench.proof('clocks', [
    nodeCreated('1'),
    nodeCreated('1.1'),
    nodeCreated('1.2'),
    nodesClaimed(['1'], 'prover-ada', -60, 1200),
    nodesClaimed(['1.1'], 'prover-bob', 1800, 300),
  ]);
  const { page } = await open([proof], { inside: clock.inside });
  await page.clock.install();
  await page.reload();
  const set = async (seconds: number): Promise<void> => {
    clock.set(seconds);
    await page.clock.setSystemTime(Date.now() + seconds * 1000);
  };
  await expect(rowOf(page, '1', 'expired')).toBeVisible();
  await expect(rowOf(page, '1.1', 'live')).toBeVisible();
  const wordsSeen = await watchWords(page, ['NaN', 'Read −', 'Read -', 'out of reach', 'No connection']);
  const soon = { timeout: within(3_500) };

  await set(-HOUR_S);
  await expect(rowOf(page, '1', 'live'), 'Its lease runs again by this clock.').toBeVisible(soon);
  await expect(page.getByText(/^Read (just now|\d+ s ago)$/)).toBeVisible();
  await set(HOUR_S);
  await expect(rowOf(page, '1', 'expired')).toBeVisible(soon);
  await expect(rowOf(page, '1.1', 'expired')).toBeVisible(soon);
  await set(0);
  await expect(rowOf(page, '1.1', 'live')).toBeVisible(soon);
  await agent.tell({ proof, verb: 'claim', node: '1.2', owner: 'prover-eve', forMs: 600_000 });
  await expect(rowOf(page, '1.2', 'live')).toBeVisible(soon);
  await set(HOUR_S);
  await expect(rowOf(page, '1.1', 'expired')).toBeVisible(soon);
  await rowOf(page, '1.1').click();
  await expect(detailOf(page).getByText(/^Expired/)).toHaveCount(1);
  expect(await wordsSeen()).toEqual([]);
});
