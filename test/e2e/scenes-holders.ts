import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { type Bench, nodeCreated, nodesClaimed } from './bench';
import { agentAtWork, holdWithFlock, holdWithPython, type LockProcess, waitWithFlock } from './lock-holders';
import type { Lockscope } from './lockscope';
import { agentName, type TodoProject, todoProject } from './todo-project';
import { actionDialog, detailOf, rowOf, showTab } from './view';

/** A workspace with leases and kernel locks of real processes, of every sort that looks different. */
export interface HoldersStage {
  /** Absolute, in the order of the workspace list. */
  readonly paths: readonly string[];
  readonly project: TodoProject;
  /** Ignores being told to end. */
  readonly stubborn: LockProcess;
}

const GIT = '.todo2/.git-sync.lock';
const STATE = '.todo2/state.todo2.json.lock';

/** `atEnd` gets what ends the processes. */
export async function setHoldersStage(bench: Bench, atEnd: (() => Promise<void>)[]): Promise<HoldersStage> {
  const started = <P extends LockProcess>(process: P): P => {
    atEnd.push(() => process.end());
    return process;
  };
  const project = todoProject(bench, 'exarp');
  const inProject = (file: string): string => path.join(project.folder, file);
  // Has its task twice: by its file, and by its lease.
  const worker = started(await holdWithFlock(inProject('.todo2/locks/task_T-1.lock')));
  const zombie = started(await agentAtWork());
  project.claim('T-1', agentName('backend-agent', worker.pid), 1_500, 0);
  project.claim('T-2', agentName('docs-agent', zombie.pid), -2, 0);
  project.claim('T-3', 'frontend-agent-ip-10-0-13-201.eu-central-1.compute.internal-118342', 140, 1_660);
  project.claim('T-4', 'backend-agent-buildbox-4245', -460, 2_260);
  project.claim('T-5', 'ada', null, 7_200);
  project.claim('T-6', 'bo', 1_700, 100);
  project.run("UPDATE tasks SET status = 'Done' WHERE id = 'T-6'");
  const stubborn = started(await holdWithPython(inProject(GIT), true));
  started(await holdWithFlock(inProject(STATE)));
  started(await holdWithPython(inProject(STATE)));
  started(await waitWithFlock(inProject(STATE)));
  const proof = bench.proof('parity proof', [
    nodeCreated('1'),
    nodeCreated('1.1'),
    nodesClaimed(['1.1'], agentName('backend-agent', worker.pid), 1_500, 0),
  ]);
  return { paths: [project.folder, proof], project, stubborn };
}

/** Goes through what leases and kernel locks add to the window, and calls `visit` at each. */
export async function walkHolders(
  { page }: Lockscope,
  { project, stubborn }: HoldersStage,
  visit: (scene: string) => Promise<void>,
): Promise<void> {
  const dialog = actionDialog(page);
  const detail = detailOf(page);
  const escape = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(page.locator('dialog[open]')).toHaveCount(0);
  };
  await expect(rowOf(page, STATE)).toHaveCount(2);
  await expect(rowOf(page, 'T-2', 'expired')).toContainText('Zombie holder');
  await visit('all');
  await rowOf(page, 'T-2').click();
  await expect(detail.getByLabel('The record as it is written')).toBeVisible();
  await visit('lease-zombie');
  await page.keyboard.press('Shift+R');
  await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
  await visit('lease-reap');
  await escape();
  await rowOf(page, 'T-6').click();
  await expect(detail).toContainText('Ghost lease');
  await visit('lease-ghost');
  await rowOf(page, 'T-1').click();
  await expect(detail).toContainText('also holds');
  await page.keyboard.press('Shift+F');
  await dialog.getByLabel('Reason').fill('agent host was restarted');
  await visit('lease-force-release');
  await escape();

  await page.keyboard.press('3');
  await expect(rowOf(page, 'T-1')).toHaveCount(0);
  await rowOf(page, STATE).first().click();
  await expect(detail).toContainText('Two holders at once');
  await expect(detail).toContainText('blocked: the kernel lists it as waiting');
  await visit('contended');
  await page.keyboard.press('1');
  await rowOf(page, GIT).click();
  await expect(detail).toContainText('taken with fcntl');
  await visit('lock');
  await page.keyboard.press('t');
  await expect(dialog.getByLabel('Reason')).toBeVisible();
  await visit('terminate');
  await dialog.getByLabel('Reason').fill('it hangs in a push');
  await dialog.getByLabel(/^Type/).fill(stubborn.pid.toString());
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('The signal was sent, and its holder has not ended')).toBeVisible();
  await visit('not-ended');
  await dialog.getByRole('button', { name: 'Kill holder…' }).click();
  await expect(dialog.getByLabel('Reason')).toBeVisible();
  await visit('kill');
  await escape();
  await visit('lock-after-signal');

  await page.getByRole('button', { name: /^exarp, tasks,/ }).hover();
  await page.getByRole('button', { name: 'What to do with exarp (tasks)' }).click();
  await expect(page.getByRole('menuitem', { name: 'Thresholds…' })).toBeVisible();
  await visit('lease-source-menu');
  await page.getByRole('menuitem', { name: 'Thresholds…' }).click();
  await expect(page.getByRole('dialog', { name: /^Thresholds of exarp/ })).toBeVisible();
  await visit('thresholds');
  await escape();
  await showTab(page, 'Doctor');
  await expect(page.getByText(/has two holders at once/)).toBeVisible();
  await visit('doctor-two-holders');
  await (await showTab(page, 'Audit')).getByRole('button', { name: /^Done Terminate/ }).click();
  await visit('audit-terminate');
  await showTab(page, 'Claims');

  project.run('ALTER TABLE tasks RENAME TO tasks_before');
  await expect(page.getByText(/it has no table "tasks"/)).toBeVisible();
  await visit('no-tasks-table');
  rmSync(project.database);
  writeFileSync(project.database, 'this is no database, and long enough to be looked at as one. '.repeat(20));
  chmodSync(project.database, 0o644);
  await expect(page.getByText(/Its database cannot be read/)).toBeVisible();
  await visit('no-database');
  rmSync(project.database);
  await expect(page.getByText(/Its database cannot be opened/)).toBeVisible();
  await visit('database-gone');
}
