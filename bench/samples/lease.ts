import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openTaskLeases } from '../../core/task-lease';
import { median } from '../median';
import type { Figures } from '../sample';
import { timed } from '../timed';

const DATABASE = join(process.cwd(), 'test', 'fixtures', 'todo2', 'leases', '.todo2', 'todo2.db');
const TASK = 'T-1006';
const AGENT = 'general-bench-1';
const LEASE_S = 1_800;
const WARM_UP = 20;
const ROUNDS = 100;
const A_ROUND = 50;

/** The same guarded UPDATEs, and nothing else: what they changed is not even looked at. */
function bareLoop(database: string): { readonly turn: () => void; readonly close: () => void } {
  const connection = new DatabaseSync(database);
  const claim = connection.prepare(
    `UPDATE tasks SET assignee = ?, assigned_at = ?, lock_until = ?, status = 'In Progress', version = version + 1,
       updated_at = ?
     WHERE id = ? AND status IN ('Todo', 'In Progress')
       AND (assignee IS NULL OR assignee = '' OR lock_until IS NULL OR lock_until < ?)`,
  );
  const release = connection.prepare(
    `UPDATE tasks SET assignee = NULL, assigned_at = NULL, lock_until = NULL, version = version + 1, updated_at = ?
     WHERE id = ? AND assignee = ?`,
  );
  return {
    turn: () => {
      const now = Math.floor(Date.now() / 1000);
      claim.run(AGENT, now, now + LEASE_S, now, TASK, now);
      release.run(now, TASK, AGENT);
    },
    close: () => {
      connection.close();
    },
  };
}

/**
 * Claiming and releasing a task through the library, beside a bare loop of prepared statements, each on a copy of its
 * own of a database that the living program made. Times are those of one turn: two writes.
 */
export async function measureLease(folder: string): Promise<Figures> {
  const copy = (name: string): string => {
    const file = join(folder, name);
    copyFileSync(DATABASE, file);
    chmodSync(file, 0o644);
    return file;
  };
  const leases = openTaskLeases(copy('ours.db'), { clock: { nowMs: () => Date.now() } });
  const loop = bareLoop(copy('bare.db'));
  const ours = async (): Promise<void> => {
    const claimed = await leases.claimTaskForAgent(TASK, AGENT, LEASE_S * 1000);
    const released = await leases.releaseTask(TASK, AGENT);
    if (claimed.kind !== 'claimed' || released.kind !== 'released')
      throw new Error(`${claimed.kind}, ${released.kind}`);
  };
  await timed([ours, loop.turn], WARM_UP, A_ROUND);
  const [oursMs = [], bareMs = []] = await timed([ours, loop.turn], ROUNDS, A_ROUND);
  leases.close();
  loop.close();
  // Compared are rounds that followed each other at once, as the disk is at its own pace.
  const rate = median(oursMs.map((ms, round) => (bareMs[round] ?? Number.NaN) / ms));
  return { ours: median(oursMs), bare: median(bareMs), rate };
}
