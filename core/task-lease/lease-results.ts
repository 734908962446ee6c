import { assertNever, quoteHostile } from '../model';
import type { TaskStatus } from './schema';

/** A task as its table has it. All times are unix ms, of whole seconds. */
export interface Task {
  readonly id: string;
  /** Its words; null where the table has no such column, or nothing in it. */
  readonly content: string | null;
  readonly longDescription: string | null;
  readonly priority: string | null;
  readonly status: string;
  readonly version: number;
  readonly assignee: string | null;
  readonly assignedAtMs: number | null;
  readonly lockUntilMs: number | null;
}

/** Why a task was not claimed, by the task's own fault. */
export type ClaimRefusal =
  /** Its lease runs: of another agent, or of the very agent that asks, who renews instead. */
  | { readonly kind: 'held'; readonly taskId: string; readonly holder: string; readonly untilMs: number }
  /** Only `Todo` and `In Progress` can be claimed. */
  | { readonly kind: 'not-claimable'; readonly taskId: string; readonly status: string }
  | { readonly kind: 'no-such-task'; readonly taskId: string }
  /** It is not of the version that the caller expected. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly version: number };

/** What keeps any operation from being done. In both cases nothing was written. */
export type NotDone =
  /** Other writers held the database through every attempt. */
  | { readonly kind: 'busy'; readonly attempts: number }
  /** The database says no, in a sentence: full, read-only, damaged, replaced. */
  | { readonly kind: 'failed'; readonly message: string };

export type ClaimTaskResult = { readonly kind: 'claimed'; readonly task: Task } | ClaimRefusal | NotDone;

export type BatchClaimResult =
  | { readonly kind: 'claimed'; readonly tasks: readonly Task[] }
  /** None was claimed, because of these. */
  | { readonly kind: 'refused'; readonly refusals: readonly ClaimRefusal[] }
  | NotDone;

/** Why the lease of a task could not be ended, moved or worked under. */
export type OwnerRefusal =
  /** `holder`: who has it; null where nobody has. */
  | { readonly kind: 'not-assignee'; readonly taskId: string; readonly holder: string | null }
  | { readonly kind: 'no-such-task'; readonly taskId: string }
  | { readonly kind: 'conflict'; readonly taskId: string; readonly version: number };

export type ReleaseTaskResult = { readonly kind: 'released'; readonly taskId: string } | OwnerRefusal | NotDone;

export type RenewLeaseResult =
  | { readonly kind: 'renewed'; readonly taskId: string; readonly version: number; readonly untilMs: number }
  | OwnerRefusal
  | NotDone;

export type UpdateStatusResult =
  | { readonly kind: 'updated'; readonly taskId: string; readonly version: number; readonly status: TaskStatus }
  | OwnerRefusal
  | NotDone;

/** A lease that the cleanup ended, as it was before. */
export interface CleanedLease {
  readonly taskId: string;
  readonly holder: string;
  readonly untilMs: number;
  readonly statusBefore: string;
}

export type CleanupResult = { readonly kind: 'cleaned'; readonly leases: readonly CleanedLease[] } | NotDone;

type Result =
  | ClaimTaskResult
  | BatchClaimResult
  | ReleaseTaskResult
  | RenewLeaseResult
  | UpdateStatusResult
  | CleanupResult;

/** What came of it, in sentences for whoever reads a log. Names are cut and made harmless. */
export function describeResult(result: Result): string {
  switch (result.kind) {
    case 'claimed':
      return 'task' in result
        ? `Task ${quote(result.task.id)} is claimed until ${instant(result.task.lockUntilMs)}.`
        : `${result.tasks.length.toString()} tasks are claimed.`;
    case 'refused':
      return `No task was claimed. ${result.refusals.map(describeResult).join(' ')}`;
    case 'held':
      return `Task ${quote(result.taskId)} is held by ${quote(result.holder)} until ${instant(result.untilMs)}.`;
    case 'not-claimable':
      return `Task ${quote(result.taskId)} is ${quote(result.status)}; only Todo and In Progress can be claimed.`;
    case 'no-such-task':
      return `There is no task ${quote(result.taskId)}.`;
    case 'not-assignee':
      return result.holder === null
        ? `Task ${quote(result.taskId)} is held by nobody.`
        : `Task ${quote(result.taskId)} is held by ${quote(result.holder)}.`;
    case 'conflict':
      return `Task ${quote(result.taskId)} has changed: it is version ${result.version.toString()} now.`;
    case 'released':
      return `Task ${quote(result.taskId)} is released.`;
    case 'renewed':
      return `Task ${quote(result.taskId)} is claimed until ${instant(result.untilMs)}.`;
    case 'updated':
      return `Task ${quote(result.taskId)} is ${result.status} now.`;
    case 'cleaned':
      return `${result.leases.length.toString()} expired leases were ended.`;
    case 'busy':
      return `Other programs kept the database busy through ${result.attempts.toString()} attempts; nothing was written.`;
    case 'failed':
      return result.message;
    default:
      return assertNever(result);
  }
}

const LONGEST_NAME = 200;

function quote(text: string): string {
  return quoteHostile(text, LONGEST_NAME);
}

function instant(ms: number | null): string {
  if (ms === null) return 'somebody releases it';
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${(ms / 1000).toString()} s` : date.toISOString().replace('.000Z', 'Z');
}
