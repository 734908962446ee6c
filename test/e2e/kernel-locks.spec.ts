import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeCreated, nodesClaimed } from './bench';
import { holdWithFlock, holdWithPython, waitWithFlock } from './lock-holders';
import { needLockPrograms } from './needs';
import { expect, onEachHost, test } from './test';
import { agentName, todoProject } from './todo-project';
import { actionDialog, detailOf, rowOf, showTab } from './view';

onEachHost(() => {
  test.beforeEach(() => {
    needLockPrograms();
  });

  test('a lock that is held and waited for: its holder, its waiter and since when; it goes with its holder', async ({
    atEnd,
    bench,
    open,
  }) => {
    const project = todoProject(bench, 'exarp');
    const file = path.join(project.folder, '.todo2', '.git-sync.lock');
    const { page } = await open([project.folder]);
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
    const holder = await holdWithFlock(file);
    atEnd.push(() => holder.end());
    const row = rowOf(page, '.todo2/.git-sync.lock', 'live');
    await expect(row).toContainText(`pid ${holder.pid.toString()}`);
    await expect(row.getByText('wait')).toHaveCount(0);

    const waiter = await waitWithFlock(file);
    atEnd.push(() => waiter.end());
    await expect(row).toContainText('1 wait');
    await row.click();
    const detail = detailOf(page);
    await expect(detail).toContainText('The kernel lists this lock: it is held');
    await expect(detail).toContainText('taken with flock, exclusive');
    const waiting = detail.getByRole('listitem').filter({ hasText: `pid ${waiter.pid.toString()}` });
    await expect(waiting).toContainText('blocked: the kernel lists it as waiting');
    await expect(waiting.getByRole('time')).toHaveText(/^[1-9]\d* s$/);
    await page.keyboard.press('3');
    await expect(row, 'What is waited for is contended.').toBeVisible();
    await page.keyboard.press('1');

    await holder.end();
    // The waiter got the lock, and let it go at once.
    await expect(row).toHaveCount(0);
    await expect(detail).toContainText('This claim has ended.');
  });

  test('the holder is told to end, and its lock goes', async ({ atEnd, bench, open }) => {
    const project = todoProject(bench, 'exarp');
    const holder = await holdWithFlock(path.join(project.folder, '.todo2', '.git-sync.lock'));
    atEnd.push(() => holder.end());
    const { page } = await open([project.folder]);
    await rowOf(page, '.todo2/.git-sync.lock').click();
    await expect(detailOf(page).getByRole('button', { name: /^(Release|Reap|Kill)/ })).toHaveCount(0);
    await page.keyboard.press('t');
    const dialog = actionDialog(page);
    await expect(dialog).toHaveAccessibleName(/^Terminate .* \(pid \d+\), the holder of \.todo2\/\.git-sync\.lock\?$/);
    await expect(dialog).toContainText('is told to end (SIGTERM)');
    const confirm = dialog.getByRole('button', { name: 'Terminate holder' });
    await expect(confirm).toBeDisabled();
    await dialog.getByLabel('Reason').fill('it hangs in a push');
    await dialog.getByLabel(/^Type/).fill('1');
    await expect(confirm).toBeDisabled();
    expect(holder.hasEnded(), 'Looking at the dialog may signal nobody.').toBe(false);
    await dialog.getByLabel(/^Type/).fill(holder.pid.toString());
    await confirm.click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(holder.hasEnded()).toBe(true);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(rowOf(page, '.todo2/.git-sync.lock')).toHaveCount(0);
    expect(bench.audit().at(-1)).toMatchObject({ action: 'terminate', result: 'done', reason: 'it hangs in a push' });
  });

  test('a holder that does not end when it is told to can then be killed, and not before', async ({
    atEnd,
    bench,
    open,
  }) => {
    const project = todoProject(bench, 'exarp');
    const holder = await holdWithPython(path.join(project.folder, '.todo2', 'state.todo2.json.lock'), true);
    atEnd.push(() => holder.end());
    const { page } = await open([project.folder]);
    const dialog = actionDialog(page);
    const confirm = async (): Promise<void> => {
      await dialog.getByLabel('Reason').fill('it hangs');
      await dialog.getByLabel(/^Type/).fill(holder.pid.toString());
      await page.keyboard.press('Enter');
    };
    await rowOf(page, '.todo2/state.todo2.json.lock').click();
    await page.keyboard.press('Shift+K');
    await expect(dialog).toHaveCount(0);
    await page.keyboard.press('t');
    await confirm();
    await expect(dialog.getByText('The signal was sent, and its holder has not ended')).toBeVisible();
    expect(holder.hasEnded()).toBe(false);
    await dialog.getByRole('button', { name: 'Kill holder…' }).click();
    await expect(dialog).toHaveAccessibleName(/^Kill /);
    await expect(dialog).toContainText('without a chance to finish or to tidy up');
    await confirm();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(holder.hasEnded()).toBe(true);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(rowOf(page, '.todo2/state.todo2.json.lock')).toHaveCount(0);
    expect(bench.audit().map(({ action, result }) => `${String(action)} ${String(result)}`)).toEqual([
      'terminate started',
      'terminate done',
      'kill started',
      'kill done',
    ]);
  });

  test('two holders of one file, by flock and by fcntl, are loud everywhere', async ({ atEnd, bench, open }) => {
    const project = todoProject(bench, 'exarp');
    const file = path.join(project.folder, '.todo2', 'state.todo2.json.lock');
    const { page } = await open([project.folder]);
    const first = await holdWithFlock(file);
    atEnd.push(() => first.end());
    const second = await holdWithPython(file);
    atEnd.push(() => second.end());
    const rows = rowOf(page, '.todo2/state.todo2.json.lock');
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText('Two holders');
    await expect(rows.last()).toContainText('Two holders');
    const banner = page.getByRole('group', { name: /^Trouble in exarp/ });
    await expect(banner).toContainText('exarp (kernel locks): two holders at once');
    await rows.first().click();
    await expect(detailOf(page)).toContainText('Two holders at once');
    const doctor = await showTab(page, 'Doctor');
    await expect(doctor).toContainText('has two holders at once');
    await showTab(page, 'Claims');
    await first.end();
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).not.toContainText('Two holders');
    await expect(banner).toHaveCount(0);
  });

  test('leases, ledger claims and kernel locks are one table, joined by holder', async ({ atEnd, bench, open }) => {
    const project = todoProject(bench, 'exarp');
    const holder = await holdWithFlock(path.join(project.folder, '.todo2', 'locks', 'task_T-1.lock'));
    atEnd.push(() => holder.end());
    const name = agentName('backend-agent', holder.pid);
    project.claim('T-1', name, 3_000, 0);
    const proof = bench.proof('parity', [nodeCreated('1'), nodeCreated('1.1'), nodesClaimed(['1.1'], name, 3_000)]);
    const { page } = await open([project.folder, proof]);
    await expect(rowOf(page, '1.1', 'live')).toContainText('node');
    await expect(rowOf(page, 'T-1', 'live')).toContainText('task');
    await expect(rowOf(page, '.todo2/locks/task_T-1.lock', 'live')).toContainText('file-lock');
    const named = page.getByRole('button', { name: /^exarp, (tasks|kernel locks), readable, 1 held/ });
    await expect(named, 'The two sources of a project are told apart.').toHaveCount(2);

    await rowOf(page, 'T-1').click();
    const detail = detailOf(page);
    await detail.getByRole('button', { name: 'file-lock .todo2/locks/task_T-1.lock' }).click();
    await expect(detail.getByRole('heading', { level: 2 })).toHaveText('.todo2/locks/task_T-1.lock');
    await detail.getByRole('button', { name: 'task T-1' }).click();
    await detail.getByRole('button', { name: 'node 1.1' }).click();
    await expect(detail.getByRole('heading', { level: 2 })).toHaveText('1.1');
  });

  test('any folder in which a file is locked can be opened', async ({ atEnd, bench, open }) => {
    const folder = path.join(bench.folder, 'build');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'out.lock'), '');
    const holder = await holdWithPython(path.join(folder, 'out.lock'));
    atEnd.push(() => holder.end());
    const { page } = await open([folder]);
    await expect(rowOf(page, 'out.lock', 'live')).toContainText('python');
  });
});
