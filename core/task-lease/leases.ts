import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../host/host';
import { quoteHostile } from '../model';
import { attempt, LostRace, NotUnderstood } from './lease-attempts';
import { claimRefusal, ownerRefusal } from './lease-refusals';
import type {
  BatchClaimResult,
  ClaimRefusal,
  ClaimTaskResult,
  CleanupResult,
  NotDone,
  OwnerRefusal,
  ReleaseTaskResult,
  RenewLeaseResult,
  Task,
  UpdateStatusResult,
} from './lease-results';
import { type SqlRow, taskFromRow, textOf, wholeNumber } from './lease-rows';
import { type LeasesReport, reportLeases } from './leases-report';
import { openLeaseDatabase } from './open-database';
import { isSameFile } from './same-file';
import type { TaskStatus } from './schema';

/** What holds for one call. */
export interface CallOptions {
  /** Gives up the waits between attempts; the call rejects with its reason. A write that was begun is finished. */
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** Writes only to this version of the task; any other is a `conflict`. */
  readonly expectedVersion?: number;
}

/**
 * exarp's task leases (seed 001), for agents that take tasks from one database.
 *
 * Every write is one guarded UPDATE, or a transaction that takes the write lock first and holds it for some
 * milliseconds; it moves the task's version by 1. Only the columns of the lease, the status, `version` and
 * `updated_at` are written, and no activity or change rows. A database that others keep busy is tried three times, with
 * waits of 100 and 200 ms. Every result is a value; a call rejects only when it is aborted, or with a RangeError where
 * its arguments can mean nothing.
 *
 * After a loss of power the last writes may be gone, as with exarp itself: in WAL mode a commit does not wait for the disk.
 * A process that is killed loses none.
 *
 * Not guaranteed: fairness between agents; and that a holder whose lease is over, or was taken away, stops working. It
 * finds out when it renews, or when its next guarded write is a conflict.
 */
export interface TaskLeases {
  /** Takes a task that is Todo or In Progress and that no running lease holds, also not the agent's own. */
  claimTaskForAgent(taskId: string, agentId: string, leaseMs: number, options?: WriteOptions): Promise<ClaimTaskResult>;
  /** Ends the lease of `agentId`, also one that is over; the status is kept. */
  releaseTask(taskId: string, agentId: string, options?: WriteOptions): Promise<ReleaseTaskResult>;
  /** Moves the end of the lease of `agentId` to `leaseMs` from now; also of one that is over and that nobody took. */
  renewLease(taskId: string, agentId: string, leaseMs: number, options?: WriteOptions): Promise<RenewLeaseResult>;
  /** Sets the status of a task that `agentId` holds; the lease stays as it is. */
  updateTaskStatus(
    taskId: string,
    agentId: string,
    status: TaskStatus,
    options?: WriteOptions,
  ): Promise<UpdateStatusResult>;
  /** Ends all leases that are over: `In Progress` becomes `Todo`, any other status is kept. Says whose they were. */
  cleanupExpiredLocks(options?: CallOptions): Promise<CleanupResult>;
  /** Takes all of these tasks (at most 1,000; each counts once), or none of them and says which and who refused. */
  batchClaimTasks(
    taskIds: readonly string[],
    agentId: string,
    leaseMs: number,
    options?: CallOptions,
  ): Promise<BatchClaimResult>;
  /** All leases as they are now, in the living program's bands. */
  taskLeases(options?: CallOptions): Promise<{ readonly kind: 'read'; readonly report: LeasesReport } | NotDone>;
  /**
   * Lets go of the database at once; the last one to do so leaves no `-wal` and `-shm`. Later calls are `failed`. May be
   * called again.
   */
  close(): void;
}

const MOST_IN_A_BATCH = 1_000;
const LONGEST_NAME = 200;
/** How often a task that is free again by the time it is looked at is taken anew, before that counts as an attempt. */
const RUSHES = 3;

/**
 * Opens the database of a project (`.todo2/todo2.db`). Throws `CannotOpenLeases`. The file must exist, and its tasks
 * table must have the lease columns: a table without them is never changed on the way.
 */
export function openTaskLeases(databasePath: string, options: { readonly clock: Clock }): TaskLeases {
  const { clock } = options;
  const path = resolve(databasePath);
  const { database, statements, identity } = openLeaseDatabase(path);
  let isOpen = true;
  let lookedMs = Number.NaN;

  /** Does a step on the file that was opened; nothing is written into one that was moved out of its place. */
  function once<T>(step: () => T, signal: AbortSignal | undefined): T | NotDone | Promise<T | NotDone> {
    return attempt(() => {
      if (!isOpen) throw new Error('it was closed');
      // Once in a ms: a file that is moved away while it is written is written all the same.
      const nowMs = Date.now();
      if (nowMs !== lookedMs) {
        if (!isSameFile(identity, path)) throw new Error('another file has taken its place; open it again');
        lookedMs = nowMs;
      }
      return step();
    }, signal);
  }

  /** Does a step as one transaction, with the write lock from its start. */
  function inTransaction<T>(step: () => { readonly commit: boolean; readonly result: T }): T {
    const { connection } = database;
    connection.exec('BEGIN IMMEDIATE');
    try {
      const { commit, result } = step();
      connection.exec(commit ? 'COMMIT' : 'ROLLBACK');
      return result;
    } catch (error) {
      // Some errors have ended it already.
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }

  const nowS = (): number => Math.floor(clock.nowMs() / 1000);

  /** Looks at a task that a write left as it was; null where it is not there. */
  function lookerAt(taskId: string): { readonly look: () => Task | null; readonly giveUp: () => never } {
    const seen: (SqlRow | undefined)[] = [];
    return {
      look: () => {
        const [row] = statements.task({ task: taskId });
        seen.push(row);
        return row === undefined ? null : taskFromRow(row);
      },
      giveUp: () => {
        const [first] = seen;
        // Whoever writes it moves its version.
        if (first !== undefined && seen.every((row) => isDeepStrictEqual(row, first))) {
          const task = quoteHostile(taskId, LONGEST_NAME);
          throw new NotUnderstood(
            `The lease of task ${task} is not understood: a value of it is none that exarp writes.`,
          );
        }
        throw new LostRace();
      },
    };
  }

  function claimOne(taskId: string, agent: string, leaseS: number, expected: number | null): ClaimTaskResult {
    const { look, giveUp } = lookerAt(taskId);
    for (let rush = 0; rush < RUSHES; rush += 1) {
      const now = nowS();
      const until = now + leaseS;
      const [row] = statements.claim({ task: taskId, agent, now, until, expected });
      if (row !== undefined) return { kind: 'claimed', task: claimedTask(taskId, agent, now, until, row) };
      const refusal = claimRefusal(taskId, look(), now, expected);
      if (refusal !== null) return refusal;
    }
    return giveUp();
  }

  /** One guarded write of the assignee; where `write` gives null, because it changed nothing, what stands against it. */
  function asAssignee<T>(
    taskId: string,
    agent: string,
    expected: number | null,
    write: (values: OwnerValues) => T | null,
  ): T | OwnerRefusal {
    const { look, giveUp } = lookerAt(taskId);
    for (let rush = 0; rush < RUSHES; rush += 1) {
      const done = write({ task: taskId, assignee: agent, now: nowS(), expected });
      if (done !== null) return done;
      const refusal = ownerRefusal(taskId, look(), agent, expected);
      if (refusal !== null) return refusal;
    }
    return giveUp();
  }

  return {
    async claimTaskForAgent(taskId, agentId, leaseMs, { signal, expectedVersion = null } = {}) {
      const [agent, leaseS] = [agentName(agentId), wholeSeconds(leaseMs)];
      return once(() => claimOne(taskId, agent, leaseS, expectedVersion), signal);
    },

    async releaseTask(taskId, agentId, { signal, expectedVersion = null } = {}) {
      const agent = agentName(agentId);
      const write = (values: OwnerValues) =>
        statements.release(values) === 0 ? null : ({ kind: 'released', taskId } as const);
      return once(() => asAssignee(taskId, agent, expectedVersion, write), signal);
    },

    async renewLease(taskId, agentId, leaseMs, { signal, expectedVersion = null } = {}) {
      const [agent, leaseS] = [agentName(agentId), wholeSeconds(leaseMs)];
      const write = (values: OwnerValues) => {
        const until = values.now + leaseS;
        const [row] = statements.renew({ ...values, until });
        return row && ({ kind: 'renewed', taskId, version: versionOf(row), untilMs: until * 1000 } as const);
      };
      return once(() => asAssignee(taskId, agent, expectedVersion, (values) => write(values) ?? null), signal);
    },

    async updateTaskStatus(taskId, agentId, status, { signal, expectedVersion = null } = {}) {
      const agent = agentName(agentId);
      const write = (values: OwnerValues) => {
        const [row] = statements.setStatus[status](values);
        return row && ({ kind: 'updated', taskId, version: versionOf(row), status } as const);
      };
      return once(() => asAssignee(taskId, agent, expectedVersion, (values) => write(values) ?? null), signal);
    },

    async cleanupExpiredLocks({ signal } = {}) {
      return once((): CleanupResult => {
        return inTransaction(() => {
          const now = { now: nowS() };
          const before = statements.expired(now).map(taskFromRow);
          if (before.length > 0) statements.cleanup(now);
          const leases = before.map(({ id, assignee, lockUntilMs, status }) => ({
            taskId: id,
            holder: assignee ?? '',
            untilMs: lockUntilMs ?? 0,
            statusBefore: status,
          }));
          return { commit: leases.length > 0, result: { kind: 'cleaned', leases } };
        });
      }, signal);
    },

    async batchClaimTasks(taskIds, agentId, leaseMs, { signal } = {}) {
      const [agent, leaseS] = [agentName(agentId), wholeSeconds(leaseMs)];
      const wanted = [...new Set(taskIds)];
      if (wanted.length > MOST_IN_A_BATCH) {
        throw new RangeError(`A batch has at most ${MOST_IN_A_BATCH.toString()} tasks: others wait for it.`);
      }
      return once(
        () =>
          inTransaction(() => {
            const tasks: Task[] = [];
            const refusals: ClaimRefusal[] = [];
            for (const taskId of wanted) {
              const claim = claimOne(taskId, agent, leaseS, null);
              if (claim.kind === 'claimed') tasks.push(claim.task);
              else if (claim.kind !== 'busy' && claim.kind !== 'failed') refusals.push(claim);
            }
            const result: BatchClaimResult =
              refusals.length > 0 ? { kind: 'refused', refusals } : { kind: 'claimed', tasks };
            return { commit: refusals.length === 0, result };
          }),
        signal,
      );
    },

    async taskLeases({ signal } = {}) {
      return once(() => {
        const report = reportLeases(statements.held({}).map(taskFromRow), clock.nowMs());
        return { kind: 'read', report } as const;
      }, signal);
    },

    close: () => {
      isOpen = false;
      database.close();
    },
  };
}

/** What the write of an assignee is guarded by. */
interface OwnerValues {
  readonly task: string;
  readonly assignee: string;
  readonly now: number;
  readonly expected: number | null;
  readonly [more: string]: string | number | null;
}

/** A task as it was just claimed: what was written, and what came back. */
function claimedTask(id: string, assignee: string, now: number, until: number, row: SqlRow): Task {
  const [, content, longDescription, priority] = row;
  return {
    id,
    content: textOf(content),
    longDescription: textOf(longDescription),
    priority: textOf(priority),
    status: 'In Progress',
    version: versionOf(row),
    assignee,
    assignedAtMs: now * 1000,
    lockUntilMs: until * 1000,
  };
}

function versionOf([version]: SqlRow): number {
  return wholeNumber(version) ?? 0;
}

function agentName(agentId: string): string {
  if (agentId === '') throw new RangeError('An agent without a name holds nothing.');
  return agentId;
}

/** Leases are of whole seconds, like the table; a part of one is dropped. */
function wholeSeconds(leaseMs: number): number {
  const whole = Math.floor(leaseMs / 1000);
  if (!Number.isSafeInteger(whole) || whole < 1) throw new RangeError('A lease lasts a second at least.');
  return whole;
}
