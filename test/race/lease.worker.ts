import { CannotOpenLeases, openTaskLeases, type TaskLeases } from '../../core/task-lease';
import { type AttachedDatabase, attachDatabase } from '../../core/task-lease/attached-database';
import { migrate, planMigration } from '../../core/task-lease/migrate';

// Claims tasks as an agent does, with the real clock.

export type LeaseTask =
  /** Tries every task once, in an order of its own, and tells which it got. */
  | { readonly kind: 'claim-all'; readonly database: string; readonly agent: string; readonly tasks: readonly string[] }
  /** Gives back what it got. */
  | {
      readonly kind: 'release-all';
      readonly database: string;
      readonly agent: string;
      readonly tasks: readonly string[];
    }
  /** Takes all of the tasks or none, again and again, and gives back what it took. */
  | {
      readonly kind: 'batches';
      readonly database: string;
      readonly agent: string;
      readonly tasks: readonly string[];
      readonly rounds: number;
    }
  /** Claims and releases one task after the other until it is killed. Each batch is of all tasks. */
  | {
      readonly kind: 'until-killed';
      readonly database: string;
      readonly agent: string;
      readonly tasks: readonly string[];
    }
  /** Claims one task for a second, and waits to be killed. */
  | { readonly kind: 'hold'; readonly database: string; readonly agent: string; readonly task: string }
  /** Changes every task inside of a transaction that it never ends. */
  | { readonly kind: 'in-transaction'; readonly database: string }
  | { readonly kind: 'migrate'; readonly database: string };

export interface ClaimAnswer {
  readonly won: readonly string[];
  /** Writes that were done. */
  readonly writes: number;
  /** How often all three attempts were in vain. */
  readonly busy: number;
}

export interface BatchAnswer {
  readonly claimed: number;
  readonly refused: number;
  readonly busy: number;
  /** How often it had some of a batch and not all, or some of one that was refused. */
  readonly partial: number;
  readonly writes: number;
}

const stayOpen: AttachedDatabase[] = [];

const LEASE_MS = 600_000;
const clock = { nowMs: () => Date.now() };

/** As an agent does: a database that others keep busy is tried again. */
function open(database: string): TaskLeases {
  for (;;) {
    try {
      return openTaskLeases(database, { clock });
    } catch (error) {
      if (!(error instanceof CannotOpenLeases) || error.why !== 'busy') throw error;
    }
  }
}

process.on('message', (task: LeaseTask) => {
  void answer(task).then((told) => process.send?.(told));
});
process.send?.('ready');

function answer(task: LeaseTask): Promise<unknown> {
  switch (task.kind) {
    case 'claim-all':
      return claimAll(task);
    case 'release-all':
      return releaseAll(task);
    case 'batches':
      return batches(task);
    case 'until-killed':
      return untilKilled(task);
    case 'hold':
      return hold(task);
    case 'in-transaction':
      return inTransaction(task);
    case 'migrate':
      return migrateNow(task);
  }
}

async function claimAll({ database, agent, tasks }: LeaseTask & { readonly kind: 'claim-all' }): Promise<ClaimAnswer> {
  const leases = open(database);
  const won: string[] = [];
  let busy = 0;
  for (const task of shuffled(tasks)) {
    let result = await leases.claimTaskForAgent(task, agent, LEASE_MS);
    for (; result.kind === 'busy'; busy += 1) result = await leases.claimTaskForAgent(task, agent, LEASE_MS);
    if (result.kind === 'claimed') won.push(task);
    else if (result.kind !== 'held') throw new Error(JSON.stringify(result));
  }
  leases.close();
  return { won, writes: won.length, busy };
}

async function releaseAll({
  database,
  agent,
  tasks,
}: LeaseTask & { readonly kind: 'release-all' }): Promise<ClaimAnswer> {
  const leases = open(database);
  let busy = 0;
  for (const task of tasks) {
    let result = await leases.releaseTask(task, agent);
    for (; result.kind === 'busy'; busy += 1) result = await leases.releaseTask(task, agent);
    if (result.kind !== 'released') throw new Error(JSON.stringify(result));
  }
  leases.close();
  return { won: [], writes: tasks.length, busy };
}

async function batches(task: LeaseTask & { readonly kind: 'batches' }): Promise<BatchAnswer> {
  const { database, agent, tasks, rounds } = task;
  const leases = open(database);
  const counts = { claimed: 0, refused: 0, busy: 0, partial: 0, writes: 0 };
  const held = async (): Promise<number> => {
    const read = await leases.taskLeases();
    if (read.kind !== 'read') throw new Error(JSON.stringify(read));
    return read.report.leases.filter(({ assignee }) => assignee === agent).length;
  };
  for (let round = 0; round < rounds; round += 1) {
    const result = await leases.batchClaimTasks(tasks, agent, LEASE_MS);
    if (result.kind === 'failed') throw new Error(result.message);
    counts[result.kind] += 1;
    if ((await held()) !== (result.kind === 'claimed' ? tasks.length : 0)) counts.partial += 1;
    if (result.kind !== 'claimed') continue;
    counts.writes += tasks.length;
    counts.writes += (await releaseAll({ kind: 'release-all', database, agent, tasks })).writes;
  }
  leases.close();
  return counts;
}

async function untilKilled({ database, agent, tasks }: LeaseTask & { readonly kind: 'until-killed' }): Promise<never> {
  const leases = open(database);
  for (let round = 0; ; round += 1) {
    const batch = await leases.batchClaimTasks(tasks, agent, LEASE_MS);
    if (batch.kind === 'failed') throw new Error(batch.message);
    process.send?.({ round });
    if (batch.kind !== 'claimed') continue;
    for (const task of tasks) await leases.releaseTask(task, agent);
  }
}

async function hold({ database, agent, task }: LeaseTask & { readonly kind: 'hold' }): Promise<unknown> {
  const leases = open(database);
  return leases.claimTaskForAgent(task, agent, 1_000);
}

function inTransaction({ database }: LeaseTask & { readonly kind: 'in-transaction' }): Promise<unknown> {
  const attached = attachDatabase(database, 5_000);
  // One that nobody has any more is closed, and its transaction taken back.
  stayOpen.push(attached);
  const { connection } = attached;
  connection.exec('BEGIN IMMEDIATE');
  // So much of it that some is in the log already, without its end.
  connection.exec(
    "UPDATE tasks SET assignee = 'killed', lock_until = 1, version = version + 1, content = hex(zeroblob(20000))",
  );
  return Promise.resolve('changed');
}

async function migrateNow({ database }: LeaseTask & { readonly kind: 'migrate' }): Promise<unknown> {
  const plan = await planMigration(database, { clock });
  process.send?.('planned');
  return plan.kind === 'planned' ? migrate(plan) : plan;
}

function shuffled(tasks: readonly string[]): readonly string[] {
  return tasks
    .map((task) => ({ task, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ task }) => task);
}
