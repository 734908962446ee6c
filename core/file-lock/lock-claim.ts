import { createHash } from 'node:crypto';
import type { HeldLock, LockHolder, LockProcess } from '../host/kernel-locks';
import { rangeOf } from '../host/kernel-locks-text';
import { type Claim, type ClaimAction, type Evidence, type Instant, instantFromMs, type Waiter } from '../model';

/** More holders of one lock than this are not named one by one. */
const HOLDERS_NAMED = 20;
/** A command line is told up to here, in characters. */
const COMMAND_AT_MOST = 1_000;

/** What the source knows of a lock beside what the kernel tells. */
export interface LockContext {
  /** The name of its file, relative to the source. */
  readonly resource: string;
  /** When we saw it appear; null where it was there when we came. */
  readonly takenAt: Instant | null;
  readonly waiters: readonly Waiter[];
  /** Others who hold the same file at the same time by the other kind of lock, a sentence each, without a full stop. */
  readonly rivals: readonly string[];
  readonly possibleActions: readonly ClaimAction[];
}

/** The same for as long as the lock is held, whoever has it besides, and also when a reader becomes a writer. */
export function claimIdOf({ listed }: HeldLock, resource: string): string {
  const range = `${listed.start.toString()}-${listed.end === null ? 'EOF' : listed.end.toString()}`;
  const pid = listed.pid > 0 ? listed.pid.toString() : '?';
  return `lock:${resource}:${listed.kind}:${range}:${pid}:${listed.inode}`;
}

/** Whom a lock is laid at the door of: the one whom the kernel names, else the oldest of those who have it. */
export function mainHolder({ holders }: HeldLock): LockHolder | null {
  return holders[0] ?? null;
}

/** The token for exactly this lock, in the hands of exactly this process. */
function seenOf(lock: HeldLock): string {
  const identity = mainHolder(lock)?.process.identity;
  const who = identity === undefined ? 'nobody' : `${identity.pid.toString()}:${String(identity.startTicks)}`;
  return createHash('sha256').update(`${lock.listed.text}\n${lock.path}\n${who}`).digest('hex').slice(0, 24);
}

/** A lock as a claim. The kernel lists it, so it is held, whatever else is known. */
export function claimOf(lock: HeldLock, context: LockContext): Claim {
  const holder = mainHolder(lock)?.process ?? null;
  return {
    id: claimIdOf(lock, context.resource),
    protocol: 'file-lock',
    kind: 'file-lock',
    resource: context.resource,
    title: titleOf(context.resource),
    holder: { name: holder === null ? null : nameOf(holder), process: holder?.identity ?? null },
    acquiredAt: context.takenAt,
    lease: { kind: 'none' },
    evidence: evidenceOf(lock, context),
    seen: seenOf(lock),
    recordLabel: "the kernel's list of locks",
    possibleActions: context.possibleActions,
    ...(context.waiters.length === 0 ? {} : { waiters: context.waiters }),
  };
}

/** What a process runs, in short: without the folder of its program. */
export function nameOf(process: LockProcess): string {
  return commandOf(process).replace(/^[^ ]*\/(?=[^/ ])/, '');
}

export function commandOf({ command }: LockProcess): string {
  return command.length <= COMMAND_AT_MOST ? command : `${command.slice(0, COMMAND_AT_MOST)}…`;
}

function evidenceOf(lock: HeldLock, { rivals }: LockContext): readonly Evidence[] {
  const { listed, holders, unseen } = lock;
  const evidence: Evidence[] = rivals.map((other) => ({ kind: 'held-twice', other }));
  evidence.push({ kind: 'kernel-lists', lock: listed.kind, access: listed.access, range: rangeOf(listed) });
  for (const { process, fd } of holders.slice(0, HOLDERS_NAMED)) {
    evidence.push({
      kind: 'holds-descriptor',
      pid: process.identity.pid,
      fd,
      command: commandOf(process),
      user: process.user,
      startedAt: process.startedAtMs === null ? null : instantFromMs(process.startedAtMs),
    });
  }
  if (unseen !== null) {
    evidence.push({ kind: 'holder-not-seen', why: unseen, pid: listed.pid > 0 ? listed.pid : null });
  }
  return evidence;
}

/** What the locks of the task tools stand for. */
function titleOf(resource: string): string | null {
  if (resource === '.todo2/.git-sync.lock') return 'what git writes here';
  if (resource === '.todo2/state.todo2.json.lock') return 'the state of all tasks';
  const task = /^\.todo2\/locks\/task_(.+)\.lock$/s.exec(resource)?.[1];
  return task === undefined ? null : `task ${task}`;
}
