import path from 'node:path';
import { expect } from '@playwright/test';
import type { Agent } from './agent';
import { type Bench, nodeCreated, nodesClaimed, nodesReleased } from './bench';
import type { Lockscope } from './lockscope';
import { actionDialog, detailOf, filterBox, rowOf, showTab } from './view';

/** A workspace in which something of everything is to be seen. */
export interface Stage {
  /** Absolute, in the order of the workspace list. */
  readonly paths: readonly string[];
  readonly recording: string;
}

export function setStage(bench: Bench): Stage {
  const recording = bench.recording('three-agents', 'parity proof');
  const live = bench.proof('sum of odd numbers', [
    ...['2', '2.1', '2.2', '2.3', '2.4', '2.4.1'].map((id) => nodeCreated(id.replace(/^2/, '1'), `Lemma ${id}`)),
    nodesClaimed(['1.1'], 'prover-ada', 3000),
    nodesClaimed(['1.2'], 'verifier-with-a-rather-long-name@build-host-17', 95, 1700),
    nodesClaimed(['1.4.1'], 'prover-dee', 1500, 3),
  ]);
  const broken = bench.proof('broken proof', [
    nodeCreated('1'),
    nodeCreated('1.7'),
    nodesClaimed(['1.7'], 'prover-eve', 3200),
    nodesReleased(['1']),
  ]);
  return { paths: [recording, live, broken], recording };
}

/** Goes through every view and dialog in turn, and calls `visit` at each. Writes into the recording. */
export async function walk(
  { page, host, pid }: Lockscope,
  { bench, agent, stage }: { readonly bench: Bench; readonly agent: Agent; readonly stage: Stage },
  visit: (scene: string) => Promise<void>,
): Promise<void> {
  const dialog = actionDialog(page);
  const detail = detailOf(page);
  const escape = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(page.locator('dialog[open]')).toHaveCount(0);
  };
  const { recording } = stage;
  await expect(rowOf(page, '1.7')).toBeVisible();
  await expect(rowOf(page, '1.3', 'expired')).toBeVisible();
  await visit('claims');
  await rowOf(page, '1.3', 'expired').click();
  await expect(detail.getByLabel('The record as it is written')).toBeVisible();
  await visit('claims-selected');
  await page.getByRole('button', { name: /^Show \d+ findings?$/ }).click();
  await visit('unreadable-banner');
  await page.getByRole('button', { name: /^Hide \d+ findings?$/ }).click();
  await page.getByRole('button', { name: 'Select all stale' }).click();
  await expect(page.getByRole('region', { name: 'Marked claims' })).toContainText('selected');
  await visit('marked');
  await page.keyboard.press('Shift+R');
  await expect(dialog.getByRole('region', { name: /claims$/ })).toBeVisible();
  await visit('reap-together');
  await escape();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: new RegExp(`^${path.basename(recording)},`) }).hover();
  await page.getByRole('button', { name: `What to do with ${path.basename(recording)}` }).click();
  await expect(page.getByRole('menuitem', { name: /^Verify/ })).toBeVisible();
  await visit('source-menu');
  await page.getByRole('menuitem', { name: /^Verify/ }).click();
  await filterBox(page).fill('holder:nobody');
  await expect(page.getByText('No claim matches')).toBeVisible();
  await visit('no-match');
  await filterBox(page).fill('');

  await page.keyboard.press('Escape');
  await rowOf(page, '1.3', 'expired').click();
  await page.keyboard.press('Shift+R');
  await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
  await visit('reap');
  await agent.tell({ proof: recording, verb: 'extend', node: '1.3', owner: 'prover-cy', forMs: 1 });
  await expect(dialog.getByText('The claim changed while you looked')).toBeVisible();
  await visit('conflict');
  await dialog.getByRole('button', { name: 'Look again' }).click();
  await dialog.getByRole('button', { name: 'Reap' }).click();
  await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
  await visit('result');
  await escape();
  await expect(page.getByText('Reap 1.3: done', { exact: true }).first()).toBeVisible();
  await visit('claim-ended');

  await rowOf(page, '1.1', 'live').click();
  await page.keyboard.press('r');
  await dialog.getByLabel('Act as').fill('prover-bob');
  await expect(dialog.getByText('Lockscope would not write this')).toBeVisible();
  await visit('release-refused');
  await dialog.getByLabel('Act as').fill('prover-ada');
  await expect(dialog.getByRole('button', { name: 'Release' })).toBeEnabled();
  await visit('release');
  await escape();
  await page.keyboard.press('Shift+F');
  await dialog.getByLabel('Reason').fill('agent host was restarted');
  await expect(dialog).toContainText('Type 1.1 to confirm.');
  await visit('force-release');
  await escape();

  await showTab(page, 'Doctor');
  await expect(page.getByText(/Verified, it is as shown/)).toBeVisible();
  await visit('doctor');
  await page.getByRole('button', { name: /^Mend broken proof/ }).click();
  await expect(dialog.getByText('Afterwards its own tools read it')).toBeVisible();
  await visit('mend');
  await dialog.getByRole('button', { name: 'Mend' }).click();
  await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
  await visit('mended');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByText('Taken away, and kept')).toBeVisible();
  await visit('doctor-kept');
  const audit = await showTab(page, 'Audit');
  await audit.getByRole('button', { name: /^Done Reap/ }).click();
  await visit('audit');
  await showTab(page, 'Claims');

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys and signs' })).toBeVisible();
  await visit('help');
  await escape();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('s');
  await expect(page.getByRole('option').first()).toBeVisible();
  await visit('palette');
  await escape();

  for (const source of stage.paths.map((folder) => path.basename(folder))) {
    const name = `Take ${source} out of the workspace`;
    await page.getByRole('button', { name: new RegExp(`^${source},`) }).hover();
    await page.getByRole('button', { name }).click();
    await expect(page.getByRole('button', { name })).toHaveCount(0);
  }
  await expect(page.getByText('Open a folder to see who holds what')).toBeVisible();
  await visit('empty');
  await page.getByRole('button', { name: host === 'electron' ? 'Type a path…' : 'Add folder…' }).click();
  const add = page.getByRole('dialog', { name: 'Open a folder' });
  await visit('add');
  await add.getByLabel('Path').fill(bench.temp);
  await page.keyboard.press('Enter');
  await expect(add.getByRole('status')).not.toBeEmpty();
  await expect(add.getByRole('status')).not.toHaveText('Looking below it…');
  await visit('add-nothing-found');
  await add.getByLabel('Path').fill(recording);
  await page.keyboard.press('Enter');
  await expect(rowOf(page, '1.1')).toBeVisible();

  if (host === 'browser') {
    process.kill(pid, 'SIGINT');
    await expect(page.getByText('No connection to Lockscope')).toBeVisible();
    await visit('lost-connection');
  }
}
