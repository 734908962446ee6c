import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { lockTimeoutOf } from './duration';
import type { LedgerFinding } from './findings';
import { type LockFile, readLockFiles } from './locks/lock-files';

/** What stands beside the ledger of a proof: its lock files and `meta.json`. */
export interface Beside {
  readonly locks: readonly LockFile[];
  readonly byNode: ReadonlyMap<string, readonly LockFile[]>;
  readonly findings: readonly LedgerFinding[];
  /** How long a claim of ours may last, in ms. Never judges claims of others. */
  readonly lockTimeoutMs: number;
}

export const NOTHING_BESIDE: Beside = { locks: [], byNode: new Map(), findings: [], lockTimeoutMs: 0 };

/** Reads what stands beside the ledger. Never throws. */
export function readBeside(proofFolder: string): Beside {
  const { locks, findings } = readLockFiles(proofFolder);
  const byNode = new Map<string, LockFile[]>();
  for (const lock of locks) {
    const files = byNode.get(lock.node);
    if (files === undefined) byNode.set(lock.node, [lock]);
    else files.push(lock);
  }
  const timeout = lockTimeoutOf(readMeta(proofFolder));
  return {
    locks,
    byNode,
    findings: timeout.finding === null ? findings : [...findings, timeout.finding],
    lockTimeoutMs: timeout.ms,
  };
}

/** Whether nothing that stands beside the ledger changed between two readings. */
export function isSameBeside(a: Beside, b: Beside): boolean {
  return (
    a.lockTimeoutMs === b.lockTimeoutMs &&
    a.locks.length === b.locks.length &&
    a.locks.every((lock, at) => isSameFile(lock, b.locks[at])) &&
    JSON.stringify(a.findings) === JSON.stringify(b.findings)
  );
}

function isSameFile(a: LockFile, b: LockFile | undefined): boolean {
  return b !== undefined && a.file === b.file && a.digest === b.digest;
}

const META_MOST_BYTES = 64 * 1024;

function readMeta(proofFolder: string): string | null {
  try {
    const fd = openSync(join(proofFolder, 'meta.json'), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return null;
      const buffer = Buffer.alloc(META_MOST_BYTES);
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, META_MOST_BYTES, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
