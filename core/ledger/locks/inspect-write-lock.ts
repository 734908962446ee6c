import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../host/errors';
import type { NearbyProcess, ProcessTable } from '../../host/host';
import {
  type Claim,
  type Evidence,
  type Holder,
  holderEvidence,
  type Instant,
  instantFromMs,
  type ProcessIdentity,
  quoteHostile,
} from '../../model';
import { parseGoTime } from '../events/go-time';
import type { LedgerReader } from '../reading/ledger-reader';
import { isOwnLockTempName, LOCK_NAME, parseMark, parseOwnTempName } from './lock-content';

/** A `ledger.lock` as it stands, whoever took it, and whatever it is. */
export interface SeenWriteLock {
  /** Tells this lock from a later one: inode, times and bytes. */
  readonly identity: string;
  /** The `agent_id`, as written; null while it cannot be told. */
  readonly agent: string | null;
  readonly acquiredAt: Instant | null;
  readonly modifiedMs: number;
  /** When it came to stand there, as far as its file tells, in unix ms: one of ours is written aside before. */
  readonly placedMs: number;
  /** What tells its file from every other, by whatever name. */
  readonly file: { readonly device: string; readonly inode: string };
  readonly incomplete: Extract<Evidence, { kind: 'record-incomplete' }>['what'] | null;
  readonly text: string;
}

/** The id of the claim that `ledger.lock` is. */
export const WRITE_LOCK_ID = `write-lock:${LOCK_NAME}`;

const MAX_BYTES = 64 * 1024;

/** Looks at the lock without touching it. Null when there is none. Never throws, never blocks. */
export function inspectWriteLock(ledgerFolder: string): SeenWriteLock | null {
  const path = join(ledgerFolder, LOCK_NAME);
  let stat: ReturnType<typeof statOf>;
  try {
    stat = statOf(path);
  } catch {
    return null;
  }
  const read = stat.isFile ? readText(path) : ({ kind: stat.isFolder ? 'directory' : 'no file' } as const);
  if (read.kind === 'gone') return null;
  const text = read.kind === 'text' ? read.text : '';
  const identity = createHash('sha256').update(`${stat.device}:${stat.inode}:${stat.changedNs}:${text}`).digest('hex');
  const file = { device: stat.device, inode: stat.inode };
  const base = { identity, file, modifiedMs: stat.modifiedMs, placedMs: stat.placedMs, text };
  if (read.kind === 'directory') return { ...base, agent: null, acquiredAt: null, incomplete: 'a directory' };
  if (read.kind === 'no file') return { ...base, agent: null, acquiredAt: null, incomplete: 'not a file' };
  if (read.kind === 'denied')
    return { ...base, agent: null, acquiredAt: null, incomplete: 'not readable by this user' };
  return { ...base, ...parseRecord(text) };
}

function statOf(path: string) {
  const stat = lstatSync(path, { bigint: true });
  return {
    isFile: stat.isFile(),
    isFolder: stat.isDirectory(),
    device: stat.dev.toString(),
    inode: stat.ino.toString(),
    changedNs: stat.ctimeNs.toString(),
    modifiedMs: Number(stat.mtimeMs),
    placedMs: Number(stat.ctimeMs),
  };
}

type TextOutcome = { kind: 'text'; text: string } | { kind: 'gone' } | { kind: 'denied' } | { kind: 'no file' };

function readText(path: string): TextOutcome {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return { kind: 'no file' };
      const buffer = Buffer.alloc(MAX_BYTES);
      return { kind: 'text', text: buffer.toString('utf8', 0, readSync(fd, buffer, 0, MAX_BYTES, 0)) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? { kind: 'gone' } : { kind: 'denied' };
  }
}

function parseRecord(text: string): Pick<SeenWriteLock, 'agent' | 'acquiredAt' | 'incomplete'> {
  const unknown = { agent: null, acquiredAt: null };
  if (text.trim() === '') return { ...unknown, incomplete: 'empty' };
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return { ...unknown, incomplete: 'half written' };
  }
  const fields =
    typeof record === 'object' && record !== null
      ? new Map<string, unknown>(Object.entries(record))
      : new Map<string, unknown>();
  const agent = fields.get('agent_id');
  const acquired = fields.get('acquired_at');
  const parsed = typeof acquired === 'string' ? parseGoTime(acquired) : null;
  return {
    agent: typeof agent === 'string' ? agent : null,
    acquiredAt: parsed === null || 'fault' in parsed ? null : parsed,
    incomplete: typeof agent === 'string' ? null : 'half written',
  };
}

/**
 * Whose an empty or half written lock is: one of ours whose bytes were lost, when the machine lost its power, has the
 * name aside beside it that it was made under (see `WriteLock`). Null where there is none, or the lock is whole.
 */
function ownerAside(
  ledgerFolder: string,
  lock: SeenWriteLock,
  tempNames: readonly string[],
  self: ProcessIdentity,
): ProcessIdentity | null {
  if (lock.incomplete !== 'empty' && lock.incomplete !== 'half written') return null;
  for (const name of tempNames) {
    if (!isOwnLockTempName(name)) continue;
    const aside = fileAt(join(ledgerFolder, name));
    if (aside?.device === lock.file.device && aside.inode === lock.file.inode) return parseOwnTempName(name, self);
  }
  return null;
}

function fileAt(path: string): SeenWriteLock['file'] | null {
  try {
    return statOf(path);
  } catch {
    return null;
  }
}

/** What can be said about the holder of a write lock besides the lock itself. */
export interface WriteLockSurroundings {
  readonly ledgerFolder: string;
  readonly processes: ProcessTable;
  readonly near: readonly NearbyProcess[];
  readonly tempFiles: readonly { readonly name: string; readonly modifiedMs: number }[];
  /** How many processes `near` may lack; null where none of others can be seen. */
  readonly hidden: number | null;
  /** Events written since the lock was taken, by the times of their files; null where not all can be read. */
  readonly eventsSince: number | null;
}

/** What is seen around a proof's lock, as far as it is seen. */
export function surroundingsOf(
  reader: LedgerReader,
  processes: ProcessTable,
  lock: SeenWriteLock,
): WriteLockSurroundings {
  const hidden = processes.hidden?.() ?? (processes.hidden === undefined ? [] : null);
  return {
    ledgerFolder: reader.folder,
    processes,
    near: processes.near(reader.proofFolder),
    hidden: hidden?.length ?? null,
    tempFiles: reader.tempFiles,
    eventsSince: reader.fault === null ? reader.eventsSince(lock.modifiedMs) : null,
  };
}

const MOST_NEARBY = 5;

/** The lock as a claim: no lease, and a holder only where it is ours. */
export function writeLockClaim(lock: SeenWriteLock, surroundings: WriteLockSurroundings): Claim {
  const { ledgerFolder, processes, tempFiles } = surroundings;
  const tempNames = tempFiles.map(({ name }) => name);
  const process =
    lock.agent === null
      ? ownerAside(ledgerFolder, lock, tempNames, processes.self())
      : (parseMark(lock.agent)?.process ?? null);
  const holder: Holder =
    process === null
      ? { name: lock.agent, process: null }
      : { name: `lockscope (pid ${process.pid.toString()})`, process };
  const since = lock.acquiredAt ?? instantFromMs(lock.modifiedMs);
  const evidence = [ofHolder(holder, surroundings.processes), ...lockEvidence(lock, since, surroundings)];
  return {
    id: WRITE_LOCK_ID,
    protocol: 'ledger',
    kind: 'write-lock',
    resource: LOCK_NAME,
    title: null,
    holder,
    acquiredAt: since,
    lease: { kind: 'none' },
    evidence,
    seen: `lock.${lock.identity.slice(0, 24)}`,
    recordLabel: LOCK_NAME,
    // A lock of ours whose process runs is about to be released by it.
    possibleActions: evidence.some((e) => e.kind === 'holder-alive') ? [] : ['reap', 'force-release'],
  };
}

function ofHolder({ process }: Holder, processes: ProcessTable): Evidence {
  if (process === null) return { kind: 'holder-unknowable', why: 'names-no-process' };
  return holderEvidence(process, processes.stateOf(process));
}

function lockEvidence(lock: SeenWriteLock, since: Instant, around: WriteLockSurroundings): readonly Evidence[] {
  const evidence: Evidence[] = [
    { kind: 'lock-held-since', since, from: lock.acquiredAt === null ? 'file time' : 'record' },
  ];
  if (lock.incomplete !== null) evidence.push({ kind: 'record-incomplete', what: lock.incomplete });
  const [newestTemp] = around.tempFiles
    // A lock of ours has one as long as it is held; what matters is whether an event is being written.
    .filter(({ name }) => !isOwnLockTempName(name))
    .sort((a, b) => b.modifiedMs - a.modifiedMs);
  evidence.push(
    newestTemp === undefined
      ? { kind: 'no-temp-file-beside' }
      : {
          kind: 'temp-file-beside',
          name: quoteHostile(newestTemp.name),
          writtenAt: instantFromMs(newestTemp.modifiedMs),
        },
  );
  // Behind a fault nobody counts events: there is nothing to be said then.
  if (around.eventsSince !== null) {
    evidence.push(
      around.eventsSince > 0
        ? { kind: 'ledger-grew-since', events: around.eventsSince }
        : { kind: 'ledger-did-not-grow-since' },
    );
  }
  for (const process of around.near.slice(0, MOST_NEARBY)) {
    evidence.push({
      kind: 'process-nearby',
      pid: process.pid,
      command: quoteHostile(process.argv.join(' '), 120),
      how: process.how,
    });
  }
  if (around.near.length === 0) {
    evidence.push(
      around.hidden === 0 ? { kind: 'no-process-nearby' } : { kind: 'nearby-not-seen', hidden: around.hidden },
    );
  }
  return evidence;
}
