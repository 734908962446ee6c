import { readdirSync } from 'node:fs';
import { family } from './family';
import { expect, onEachHost, test } from './test';
import { table } from './view';

onEachHost(() => {
  test('without paths and without a past: a demo that is alive, and is gone afterwards', async ({ bench, open }) => {
    const lockscope = await open([]);
    const { page } = lockscope;
    const rows = table(page).getByRole('row').filter({ hasText: 'node' });
    const labels = (): Promise<string> =>
      rows.evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')).join('\n'));
    await expect.poll(() => rows.count(), 'No agent of the demo claims anything.').toBeGreaterThan(1);
    const before = await labels();
    await expect.poll(labels, 'The demo stands still.').not.toBe(before);
    for (const kind of ['task', 'file-lock']) {
      await expect(
        table(page)
          .getByRole('row', { name: new RegExp(`^${kind} `) })
          .first(),
      ).toBeVisible();
    }
    const agents = [...family(bench.home).values()].filter((line) => line.includes('agent.cjs'));
    expect(agents.length, 'The demo is made of real processes.').toBeGreaterThan(1);
    expect(readdirSync(bench.temp).filter((name) => name.startsWith('lockscope-demo-'))).toHaveLength(1);

    await lockscope.close();
    await expect.poll(() => [...family(bench.home).values()], 'Agents outlive the demo.').toEqual([]);
    expect(readdirSync(bench.temp), 'The folder of the demo is left.').toEqual([]);
  });
});
