import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attachDatabase } from '../../../../core/task-lease/attached-database';
import { tryEnding } from '../../../../core/task-lease/database/end-leases';
import { readLeases } from '../../../../core/task-lease/database/read-leases';
import { projectIn, projectOf, RECORDED_AT_S, tempFolder } from '../todo-project';

/** The checksum of a log whose numbers are little-endian, over the bytes from `from` to `to`. */
function sumOf(bytes: Buffer, [a, b]: readonly [number, number], from: number, to: number): [number, number] {
  let [first, second] = [a, b];
  for (let at = from; at < to; at += 8) {
    first = (first + bytes.readUInt32LE(at) + second) >>> 0;
    second = (second + bytes.readUInt32LE(at + 4) + first) >>> 0;
  }
  return [first, second];
}

/** A log of one frame whose commit says that the database has so many pages. */
function logWith(pages: number, original: Buffer): Buffer {
  const pageBytes = original.readUInt32BE(8);
  const log = Buffer.from(original.subarray(0, 32 + 24 + pageBytes));
  log.writeUInt32BE(pages, 32 + 4);
  const header = sumOf(log, [0, 0], 0, 24);
  const [first, second] = sumOf(log, sumOf(log, header, 32, 40), 56, log.length);
  log.writeUInt32BE(first, 48);
  log.writeUInt32BE(second, 52);
  return log;
}

it('a small log that says that the database is huge costs no memory', () => {
  const project = projectOf(5);
  const open = attachDatabase(project.database, 1_000);
  open.connection.exec("UPDATE tasks SET assignee = 'x'");
  const other = projectIn(tempFolder());
  copyFileSync(project.database, other.database);
  const original = readFileSync(`${project.database}-wal`);
  open.close();
  expect(original.readUInt32BE(0)).toBe(0x377f0682);

  writeFileSync(`${other.database}-wal`, logWith(1_000_000, original));
  expect(readLeases(other.database)).toMatchObject({
    kind: 'failed',
    why: 'too-large',
    message: expect.stringMatching(/^it has unfinished files beside it, and with \d{4} MiB is too large/) as string,
  });
  // One that says no more than there is, is believed.
  writeFileSync(`${other.database}-wal`, logWith(original.readUInt32BE(36) || 60, original));
  expect(readLeases(other.database)).not.toMatchObject({ why: 'too-large' });
});

it('holders with long values are read up to a number of bytes, and it is said that there are more', () => {
  const project = projectOf(3_000);
  project.run("UPDATE tasks SET assignee = printf('%.*c', 16000, 'x')");
  const answer = readLeases(project.database);
  if (answer.kind !== 'read') throw new Error(answer.message);
  expect(answer.isCut).toBe(true);
  expect(answer.rows.length).toBeGreaterThan(1_000);
  expect(answer.rows.length).toBeLessThan(2_200);
});

it('a lease whose text has a NUL is not written: what would be written cannot be shown', () => {
  const project = projectOf(3);
  const lease = { id: 'T-1', assignee: 'a', assignedAt: 1n, lockUntil: 2n };
  project.run("UPDATE tasks SET assignee = 'a', assigned_at = 1, lock_until = 2, status = 'In Progress'");
  const ending = { how: 'cleanup', leases: [lease], nowS: RECORDED_AT_S, onlyOver: true } as const;
  expect(tryEnding(project.database, ending)).toMatchObject({ kind: 'ended' });
  project.run("UPDATE tasks SET status = 'In Progress' || char(0) || 'x' WHERE id = 'T-1'");
  expect(tryEnding(project.database, ending)).toEqual({
    kind: 'refused',
    reason: expect.stringContaining('NUL') as string,
  });
  project.run("UPDATE tasks SET status = 'Todo', assignee = 'a' || char(0) || 'b' WHERE id = 'T-1'");
  expect(['refused', 'differs']).toContain(tryEnding(project.database, ending).kind);
});
