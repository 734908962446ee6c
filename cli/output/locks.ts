import type { HeldLock, LockProcess } from '../../core/host/kernel-locks';
import { rangeOf } from '../../core/host/kernel-locks-text';
import { describeEvidence, type Evidence, formatDuration, instantFromMs, quoteHostile } from '../../core/model';
import type { Style } from './style';

/** What is known of one kernel lock, as facts that the window tells in the same words. */
function factsOf({ listed, holders, unseen }: HeldLock): readonly Evidence[] {
  const facts: Evidence[] = [
    { kind: 'kernel-lists', lock: listed.kind, access: listed.access, range: rangeOf(listed) },
  ];
  for (const { process, fd } of holders) {
    const { identity, command, user, startedAtMs } = process;
    facts.push({
      kind: 'holds-descriptor',
      pid: identity.pid,
      fd,
      command,
      user,
      startedAt: startedAtMs === null ? null : instantFromMs(startedAtMs),
    });
  }
  if (unseen !== null) facts.push({ kind: 'holder-not-seen', why: unseen, pid: listed.pid > 0 ? listed.pid : null });
  return facts;
}

/** A kernel lock for people, line by line. `nowMs` is unix ms. */
export function lockLines(lock: HeldLock, nowMs: number, style: Style): readonly string[] {
  const [listed, ...holders] = factsOf(lock);
  const lines = listed === undefined ? [] : [style.bold(inWords(listed, nowMs, style))];
  for (const fact of holders) lines.push(`  ${inWords(fact, nowMs, style)}`);
  if (lock.file !== 'there') {
    const now = lock.file === 'deleted' ? 'The file was deleted since' : 'Another file stands there now';
    lines.push(`  ${now}: who opens it anew is not kept out by this lock.`);
  }
  for (const { process } of lock.blocked) {
    lines.push(`  Blocked: ${process === null ? 'a process that is not seen' : processWords(process, nowMs)}`);
  }
  for (const process of lock.possible) {
    lines.push(`  Has the file open, and may be waiting: ${processWords(process, nowMs)}`);
  }
  if (lock.isOfSqlite) lines.push('  SQLite keeps the connections of a database apart by it.');
  return lines;
}

function inWords(fact: Evidence, nowMs: number, style: Style): string {
  const { headline, detail } = describeEvidence(fact, nowMs);
  return `${quoteHostile(headline, 300)} ${style.dim(`(${quoteHostile(detail, 500)})`)}`;
}

function processWords({ identity, command, user, startedAtMs }: LockProcess, nowMs: number): string {
  const runs = startedAtMs === null ? '' : `, runs for ${formatDuration(Math.max(0, nowMs - startedAtMs))}`;
  const of = user === null ? '' : ` of user ${quoteHostile(user, 40)}`;
  return `process ${identity.pid.toString()}${of}${runs}: ${quoteHostile(command, 300)}`;
}

/** The same for programs. */
export function lockJson(lock: HeldLock): object {
  const { listed, file, holders, unseen, blocked, possible, isOfSqlite } = lock;
  return {
    lock: listed.kind,
    access: listed.access,
    start: listed.start,
    end: listed.end,
    file,
    sqlite: isOfSqlite,
    holders: holders.map(({ process, fd }) => ({ ...processJson(process), fd })),
    whyNotSeen: unseen,
    blocked: blocked.map(({ process }) => (process === null ? null : processJson(process))),
    possible: possible.map(processJson),
  };
}

function processJson({ identity, command, user, startedAtMs }: LockProcess): object {
  const startedAt = startedAtMs === null ? null : instantFromMs(startedAtMs).text;
  return { pid: identity.pid, command, user, startedAt };
}
