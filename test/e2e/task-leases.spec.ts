import { agentAtWork } from './lock-holders';
import { expect, onEachHost, test } from './test';
import { agentName, todoProject } from './todo-project';
import { actionDialog, detailOf, rowOf, showTab } from './view';

onEachHost(() => {
  test('a lease that another program takes shows at once, runs out before the eye, and leaves nothing beside the database', async ({
    bench,
    open,
  }) => {
    const project = todoProject(bench, 'exarp');
    const before = project.files();
    const { page } = await open([project.folder]);
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
    project.claim('T-3', 'docs-agent-elsewhere', 4);
    await expect(rowOf(page, 'T-3', 'expiring')).toContainText('docs-agent-elsewhere');
    await expect(rowOf(page, 'T-3', 'expired')).toBeVisible();
    await rowOf(page, 'T-3').click();
    await expect(detailOf(page)).toContainText('Task number 3');
    await expect(detailOf(page)).toContainText('The task is In Progress');
    await expect(detailOf(page)).toContainText('no record names its process');
    await expect(page).toHaveTitle('1 stale · Lockscope');
    expect(project.files(), 'Something was left beside the database.').toEqual(before);
  });

  test('a zombie holder is named, and reaping its lease gives the task back exactly once', async ({
    atEnd,
    bench,
    open,
  }) => {
    const agent = await agentAtWork();
    atEnd.push(() => agent.end());
    const project = todoProject(bench, 'exarp');
    const name = agentName('backend-agent', agent.pid);
    // Claimed just now, so that the process is older than its claim.
    project.claim('T-2', name, -1, 0);
    const { page } = await open([project.folder]);
    const row = rowOf(page, 'T-2', 'expired');
    await expect(row).toContainText('Zombie holder');
    await expect(row).toHaveAccessibleName(/zombie holder/);
    await row.click();
    await expect(detailOf(page)).toContainText('Zombie holder: still there after losing its lease');
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog).toHaveAccessibleName(`Reap task T-2 from ${name}?`);
    await expect(dialog).toContainText('Its status goes back from "In Progress" to "Todo"');
    await expect(dialog).toContainText('is not told and may still write');
    await expect(dialog.getByLabel('Exact content of .todo2/todo2.db')).toContainText('UPDATE tasks SET');
    await expect(dialog.getByLabel('Exact content of .todo2/todo2.db')).toContainText(`assignee: '${name}' → NULL`);
    const { version, ...seen } = project.task('T-2');
    expect(seen, 'Looking at the dialog may write nothing.').toMatchObject({ status: 'In Progress', assignee: name });
    const others = project.whole('T-2');
    await dialog.getByRole('button', { name: 'Reap' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(project.task('T-2'), 'The row is free and to be done again, and was written once.').toEqual({
      status: 'Todo',
      version: version + 1,
      assignee: null,
      assigned_at: null,
      lock_until: null,
    });
    const changed = Object.entries(project.whole('T-2')).filter(([column, value]) => others[column] !== value);
    expect(
      changed.map(([column]) => column).filter((column) => column !== 'updated_at'),
      'No other column may change.',
    ).toEqual(['status', 'version', 'assignee', 'assigned_at', 'lock_until']);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(rowOf(page, 'T-2')).toHaveCount(0);
    expect(bench.audit().at(-1)).toMatchObject({ action: 'reap', resource: 'T-2', holder: name, result: 'done' });
    expect(agent.hasEnded(), 'A reap ends no process.').toBe(false);
  });

  test('a release and a force-release keep the status', async ({ bench, open }) => {
    const project = todoProject(bench, 'exarp');
    project.claim('T-1', 'ada', 3_000);
    project.claim('T-2', 'bo', 3_000);
    project.run("UPDATE tasks SET status = 'Review' WHERE id = 'T-2'");
    const { page } = await open([project.folder]);
    const dialog = actionDialog(page);
    await rowOf(page, 'T-1', 'live').click();
    await page.keyboard.press('r');
    await dialog.getByLabel('Act as').fill('bo');
    await expect(dialog).toContainText('ada holds it, not bo.');
    await dialog.getByLabel('Act as').fill('ada');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(project.task('T-1')).toMatchObject({ status: 'In Progress', version: 3, assignee: null, lock_until: null });
    await dialog.getByRole('button', { name: 'Close' }).click();

    await rowOf(page, 'T-2', 'live').click();
    await page.keyboard.press('Shift+F');
    await dialog.getByLabel('Reason').fill('its host was stolen');
    await dialog.getByLabel(/^Type/).fill('T-2');
    await dialog.getByRole('button', { name: 'Force-release' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(project.task('T-2')).toMatchObject({ status: 'Review', version: 3, assignee: null });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(page.getByText('Nothing is claimed')).toBeVisible();
    await expect(await showTab(page, 'Audit')).toContainText('Force-release T-2 from bo');
  });

  test('a lease that is renewed under the open dialog is a conflict; one whose version alone moved is not', async ({
    bench,
    open,
  }) => {
    const project = todoProject(bench, 'exarp');
    project.claim('T-4', 'ada', -60, 600);
    project.claim('T-5', 'bo', -60, 600);
    const { page } = await open([project.folder]);
    await rowOf(page, 'T-4', 'expired').click();
    await page.keyboard.press('Shift+R');
    const dialog = actionDialog(page);
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    project.run("UPDATE tasks SET lock_until = lock_until + 3600, version = version + 1 WHERE id = 'T-4'");
    const renewed = project.task('T-4');
    await expect(dialog.getByText('The claim changed while you looked')).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Reap' })).toHaveCount(0);
    await page.keyboard.press('Escape');
    expect(project.task('T-4'), 'A conflict writes nothing.').toEqual(renewed);

    await rowOf(page, 'T-5', 'expired').click();
    await page.keyboard.press('Shift+R');
    await expect(dialog.getByRole('button', { name: 'Reap' })).toBeEnabled();
    project.run('UPDATE tasks SET version = version + 1');
    await dialog.getByRole('button', { name: 'Reap' }).click();
    await expect(dialog.getByText('Done', { exact: true })).toBeVisible();
    expect(project.task('T-5')).toMatchObject({ status: 'Todo', assignee: null });
  });

  test('thresholds of a source are set in the window, kept for the next start, and given back', async ({
    bench,
    open,
  }) => {
    const project = todoProject(bench, 'exarp');
    project.claim('T-1', 'ada', 900);
    const first = await open([project.folder]);
    const adjust = async (page = first.page): Promise<void> => {
      await page.getByRole('button', { name: /^exarp, tasks,/ }).hover();
      await page.getByRole('button', { name: 'What to do with exarp (tasks)' }).click();
      await page.getByRole('menuitem', { name: 'Thresholds…' }).click();
    };
    await expect(rowOf(first.page, 'T-1', 'live')).toBeVisible();
    await adjust();
    const dialog = first.page.getByRole('dialog', { name: 'Thresholds of exarp' });
    // exarp calls near its end what ends in less than 300 s.
    await expect(dialog.getByLabel('Expiring: minutes')).toHaveValue('4');
    await expect(dialog.getByLabel('Expiring: seconds')).toHaveValue('59');
    await expect(dialog.getByLabel('Expiring: minutes')).toBeFocused();
    await expect(dialog.getByRole('button', { name: 'As its own tools have it' })).toBeDisabled();
    await dialog.getByLabel('Expiring: minutes').fill('x');
    await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
    await dialog.getByLabel('Expiring: minutes').fill('20');
    await first.page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(rowOf(first.page, 'T-1', 'expiring')).toBeVisible();
    await first.close();

    const { page } = await open([project.folder]);
    await expect(rowOf(page, 'T-1', 'expiring'), 'What was set is not kept.').toBeVisible();
    await adjust(page);
    await page.getByRole('button', { name: 'As its own tools have it' }).click();
    await expect(rowOf(page, 'T-1', 'live')).toBeVisible();
  });
});
