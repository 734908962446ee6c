import type { Bench } from './bench';
import { claimsByCommandLine } from './lockscope';
import { expect, onEachHost, test } from './test';
import { actionDialog, detailOf, rowOf, showTab } from './view';

/** The one file that is new; fails when anything else changed. */
function theNewEvent(bench: Bench, proof: string, before: ReadonlyMap<string, string>): { name: string; text: string } {
  const after = bench.ledger(proof);
  for (const [name, text] of before) {
    expect(after.get(name), `${name} was changed: an action may only add one event.`).toBe(text);
  }
  const added = [...after].filter(([name]) => !before.has(name));
  expect(
    added.map(([name]) => name),
    'Exactly one event is written, and no other file is left.',
  ).toHaveLength(1);
  const [[name, text] = ['', '']] = added;
  return { name, text };
}

onEachHost(() => {
  test('reap from the dialog writes exactly one right event', async ({ bench, open }) => {
    const proof = bench.recording('three-agents');
    const before = bench.ledger(proof);
    const { page } = await open([proof]);
    await rowOf(page, '1.2').click();
    await detailOf(page).getByRole('button', { name: /^Reap/ }).click();

    const dialog = actionDialog(page);
    await expect(dialog).toHaveAccessibleName('Reap node 1.2 from verifier-bo?');
    await expect(dialog).toContainText('Node 1.2 becomes free for the next agent. verifier-bo is not told');
    await expect(dialog.getByText('as #13, or as the next number if others come first')).toBeVisible();
    const promised = dialog.getByLabel('Exact content of 000013.json');
    await expect(promised).toContainText('"type":"nodes_released"');
    await expect(dialog).toContainText(/unchanged for/);
    expect(bench.ledger(proof), 'Looking at the dialog may write nothing.').toEqual(before);
    await dialog.getByLabel('Reason').fill('agent host was restarted');
    await dialog.getByRole('button', { name: 'Reap' }).click();

    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    const { name, text } = theNewEvent(bench, proof, before);
    expect(name, 'The event has the next number.').toBe('000013.json');
    expect(text).toMatch(/^\{"type":"nodes_released","timestamp":"[^"]+","node_ids":\["1\.2"\]\}$/);
    await expect(dialog.getByLabel('Written: 000013.json'), 'The result shows the bytes on disk.').toContainText(text);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(rowOf(page, '1.2')).toHaveCount(0);
    await expect(rowOf(page, '1.1')).toBeVisible();

    const audit = await showTab(page, 'Audit');
    const done = audit.getByRole('button', { name: /^Done Reap 1\.2 from verifier-bo/ });
    await expect(done).toHaveCount(1);
    await done.click();
    await expect(audit).toContainText('agent host was restarted');
    await expect(audit).toContainText(text);
    const results = bench.audit().map((entry) => entry['result']);
    expect(results, 'audit.jsonl has a line before the write and one after it.').toEqual(['started', 'done']);
    expect(bench.audit().at(-1)).toMatchObject({
      action: 'reap',
      resource: '1.2',
      holder: 'verifier-bo',
      reason: 'agent host was restarted',
      written: [{ file: '000013.json', content: text }],
    });
    expect(await claimsByCommandLine(bench, proof)).toEqual(['1.1 prover-ada', '1.3 prover-cy']);
  });

  test('a claim that somebody else reaps under the dialog is a conflict', async ({ agent, bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await rowOf(page, '1.2').click();
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();

    await agent.tell({ proof, verb: 'reap', node: '1.2' });
    const before = bench.ledger(proof);
    await expect(dialog.getByText('The claim changed while you looked')).toBeVisible();
    await expect(dialog).toContainText('it is free');
    await expect(dialog.getByRole('button', { name: 'Reap' }), 'A conflict must leave nothing to confirm.').toHaveCount(
      0,
    );
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    expect(bench.ledger(proof)).toEqual(before);
    await expect(rowOf(page, '1.2')).toHaveCount(0);
  });

  test('a claim that its owner extends under the dialog is a conflict; looking again shows it as it is', async ({
    agent,
    bench,
    open,
  }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await rowOf(page, '1.2').click();
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();

    await agent.tell({ proof, verb: 'extend', node: '1.2', owner: 'verifier-bo', forMs: 600_000 });
    const before = bench.ledger(proof);
    await expect(dialog.getByText('The claim changed while you looked')).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Reap' }), 'A conflict must leave nothing to confirm.').toHaveCount(
      0,
    );
    await expect(dialog.getByText('Live')).toBeVisible();

    await dialog.getByRole('button', { name: 'Look again' }).click();
    await expect(dialog).toContainText('only a stale claim can be reaped');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeDisabled();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(bench.ledger(proof), 'A conflict writes nothing.').toEqual(before);
  });

  test('a claim that changes again is looked at again, and then reaped', async ({ agent, bench, open }) => {
    const proof = bench.recording('three-agents');
    const { page } = await open([proof]);
    await rowOf(page, '1.2').click();
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    // Over at once, so that it is stale again, but not the claim that was seen.
    await agent.tell({ proof, verb: 'extend', node: '1.2', owner: 'verifier-bo', forMs: 1 });
    await dialog.getByRole('button', { name: 'Look again' }).click();
    const before = bench.ledger(proof);
    await dialog.getByRole('button', { name: 'Reap' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(theNewEvent(bench, proof, before).name).toBe('000014.json');
  });
});
