import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../../host/errors';
import { type Instant, quoteHostile } from '../../model';
import { parseGoTime } from '../events/go-time';
import { type LedgerFinding, ledgerFinding } from '../findings';
import { checkInside } from './inside';

/** How far clocks may differ before a lock file counts as expired, in ms (protocol 1, `locks/*.lock`). */
export const LOCK_FILE_TOLERANCE_MS = 5_000;

const MAX_BYTES = 64 * 1024;
const MOST_FILES = 10_000;

/** One `locks/*.lock`: a claim of a node that stands outside the ledger. */
export interface LockFile {
  /** `locks/1.2.lock` */
  readonly file: string;
  readonly node: string;
  readonly owner: string;
  readonly acquiredAt: Instant;
  readonly expiresAt: Instant;
  /** SHA-256, hex, of its bytes. */
  readonly digest: string;
  /** Inode, size and times: it changes when somebody writes into the file, or puts another in its place. */
  readonly stamp: string;
  readonly text: string;
}

export interface LockFilesReading {
  readonly locks: readonly LockFile[];
  readonly findings: readonly LedgerFinding[];
}

/**
 * The lock files of some nodes as they stand right now, by node; for use under the write lock. `known` is a reading of
 * just before: what it says of other nodes is believed while a file's stamp is the same. One listing, a look at each
 * name, and a reading of what is wanted, new or changed. Never throws.
 */
export function lockFilesNow(
  proofFolder: string,
  nodes: ReadonlySet<string>,
  known: readonly LockFile[],
): ReadonlyMap<string, readonly LockFile[]> {
  const found = new Map<string, LockFile[]>();
  const before = new Map(known.map((lock) => [lock.file, lock] as const));
  const folder = join(proofFolder, 'locks');
  let names: readonly string[];
  try {
    names = namesOfLocks(proofFolder, folder);
  } catch {
    // Nobody's lock file is there to be read; who saw one sees a conflict.
    return found;
  }
  for (const name of names.slice(0, MOST_FILES)) {
    const file = `locks/${name}`;
    const path = join(folder, name);
    const other = before.get(file);
    if (other !== undefined && !nodes.has(other.node) && other.stamp === stampAt(path)) continue;
    const read = readLockFile(path, file);
    if (read.kind !== 'lock' || !nodes.has(read.lock.node)) continue;
    const files = found.get(read.lock.node);
    if (files === undefined) found.set(read.lock.node, [read.lock]);
    else files.push(read.lock);
  }
  return found;
}

/** By name. Throws the system's error, or why the folder is not followed. */
function namesOfLocks(proofFolder: string, folder: string): readonly string[] {
  checkInside(proofFolder, folder);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.lock'))
    .sort();
}

/** Reads all claim locks of a proof. Never throws; what cannot be used is a finding. A missing folder is no finding. */
export function readLockFiles(proofFolder: string): LockFilesReading {
  const folder = join(proofFolder, 'locks');
  const locks: LockFile[] = [];
  const findings: LedgerFinding[] = [];
  let names: readonly string[];
  try {
    names = namesOfLocks(proofFolder, folder);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      findings.push(
        ledgerFinding('lock-file-unusable', 'warning', `The locks folder cannot be read: ${describeError(error)}.`, {
          file: 'locks',
        }),
      );
    }
    return { locks, findings };
  }
  if (names.length > MOST_FILES) {
    findings.push(
      ledgerFinding(
        'lock-file-unusable',
        'warning',
        `The locks folder holds ${names.length.toString()} lock files; only the first ${MOST_FILES.toString()} are read.`,
        { file: 'locks' },
      ),
    );
  }
  for (const name of names.slice(0, MOST_FILES)) {
    const read = readLockFile(join(folder, name), `locks/${name}`);
    if (read.kind === 'lock') locks.push(read.lock);
    else if (read.kind === 'unusable') {
      findings.push(
        ledgerFinding(
          'lock-file-unusable',
          'warning',
          `${quoteHostile(`locks/${name}`)} cannot be used: ${read.why}.`,
          { file: `locks/${name}` },
        ),
      );
    }
  }
  return { locks, findings: [...findings, ...doubleHolders(locks)] };
}

type LockFileOutcome = { kind: 'lock'; lock: LockFile } | { kind: 'gone' } | { kind: 'unusable'; why: string };

function readLockFile(path: string, file: string): LockFileOutcome {
  let text: string;
  let stamp: string;
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd, { bigint: true });
      if (!stat.isFile()) return { kind: 'unusable', why: 'it is not a file' };
      if (stat.size > MAX_BYTES) return { kind: 'unusable', why: 'it is too large for a lock' };
      const buffer = Buffer.alloc(MAX_BYTES);
      // Taken before the bytes: what is written meanwhile shows as a change.
      stamp = stampOf(stat);
      text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, MAX_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'gone' };
    return { kind: 'unusable', why: describeError(error) };
  }
  return parseLockFile(file, text, stamp);
}

function stampAt(path: string): string | null {
  try {
    return stampOf(lstatSync(path, { bigint: true }));
  } catch {
    return null;
  }
}

function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(':');
}

function parseLockFile(file: string, text: string, stamp: string): LockFileOutcome {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return { kind: 'unusable', why: text.trim() === '' ? 'it is empty' : 'it is not whole JSON' };
  }
  const fields =
    typeof record === 'object' && record !== null
      ? new Map<string, unknown>(Object.entries(record))
      : new Map<string, unknown>();
  const node = fields.get('node_id');
  const owner = fields.get('owner');
  const acquiredAt = instantOf(fields.get('acquired_at'));
  const expiresAt = instantOf(fields.get('expires_at'));
  if (typeof node !== 'string' || node === '') return { kind: 'unusable', why: 'it names no node' };
  if (typeof owner !== 'string') return { kind: 'unusable', why: 'it names no owner' };
  if (acquiredAt === null || expiresAt === null) return { kind: 'unusable', why: 'its times cannot be read' };
  const digest = createHash('sha256').update(text).digest('hex');
  return { kind: 'lock', lock: { file, node, owner, acquiredAt, expiresAt, digest, stamp, text } };
}

function instantOf(value: unknown): Instant | null {
  if (typeof value !== 'string') return null;
  const parsed = parseGoTime(value);
  return 'fault' in parsed ? null : parsed;
}

/** Two files that give one node to two owners. */
function doubleHolders(locks: readonly LockFile[]): readonly LedgerFinding[] {
  const first = new Map<string, LockFile>();
  const findings: LedgerFinding[] = [];
  for (const lock of locks) {
    const other = first.get(lock.node);
    if (other === undefined) first.set(lock.node, lock);
    else if (other.owner !== lock.owner) {
      findings.push(
        ledgerFinding(
          'double-holder',
          'error',
          `Node ${quoteHostile(lock.node)} has two holders by its lock files: ${quoteHostile(other.owner)} and ${quoteHostile(lock.owner)}.`,
          { file: lock.file },
        ),
      );
    }
  }
  return findings;
}
