import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import { readDatabase } from '../../../../core/task-lease/database/read-database';
import { projectOf } from '../todo-project';

/** Both copies of the header of a log's index. */
const HEADER_BYTES = 96;
const SUM = 'SELECT sum(version) AS sum, sum(length(content)) AS length, count(assignee) AS held FROM todo.tasks';

for (const [what, later] of [
  ['less', "UPDATE tasks SET assignee = 'x' WHERE id = 'T-3'"],
  ['as much', 'UPDATE tasks SET version = version + 2, content = hex(randomblob(2000))'],
  ['more', "UPDATE tasks SET assignee = 'x', content = hex(randomblob(9000))"],
] as const) {
  it(`is of one moment after a writer died in its commit, and the next wrote ${what} over it`, () => {
    const project = projectOf(40);
    const open = attachDatabase(project.database, 1_000);
    open.connection.exec('PRAGMA todo.wal_autocheckpoint = 0');
    const truth = () => ({ ...(open.connection.prepare(SUM).get() as object) });
    const check = (connection: typeof open.connection) => ({
      sum: { ...(connection.prepare(SUM).get() as object) },
      whole: { ...(connection.prepare('PRAGMA todo.integrity_check').get() as object) },
    });
    open.connection.exec("UPDATE tasks SET content = hex(randomblob(100)) WHERE id = 'T-1'");
    const index = `${project.database}-shm`;
    const before = readFileSync(index).subarray(0, HEADER_BYTES);
    open.connection.exec('UPDATE tasks SET version = version + 1, content = hex(randomblob(2000))');
    // As if it had ended when its frames were written, and its index did not yet know of them.
    writeFileSync(index, before, { flag: 'r+' });
    // Nobody can say yet that this commit will be gone.
    readDatabase(project.database, check);
    open.connection.exec(later);

    const { value } = readDatabase(project.database, check);

    expect(value).toEqual({ sum: truth(), whole: { integrity_check: 'ok' } });
    open.close();
  });
}
