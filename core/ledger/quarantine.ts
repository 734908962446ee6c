import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type ActionKind, instantFromMs } from '../model';
import type { LockPrint } from './lock-print';

/** Where locks that were taken away are kept, in the folder that they stood in. No tool of a ledger looks into it. */
export const QUARANTINE = '.lockscope';

/** What is written down beside a lock that was taken away: enough to know it again, and to put it back. */
export interface KeptLock {
  readonly id: string;
  /** The name that it had: `ledger.lock`, `1.2.lock`. */
  readonly original: string;
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  /** The process that took it, as a lock of ours names it. */
  readonly takenBy: string;
  readonly action: ActionKind;
  readonly claimId: string;
  readonly resource: string;
  readonly holder: string | null;
  readonly seen: string;
  readonly reason: string | null;
  /** The number of the ledger's last event at that moment. */
  readonly head: number;
  /** What was seen of it, right before it was taken. */
  readonly print: LockPrint;
}

const ID = /^\d{8}T\d{9}Z-[0-9a-f]{16}$/;
const MOST_BYTES = 64 * 1024;
const MOST_KEPT = 1_000;
const LONGEST_ORIGINAL_BYTES = 150;

/** `20260115T093000123Z-0123456789abcdef`: sorts by time, and is never made twice. */
export function newKeptId(nowMs: number): string {
  const time = instantFromMs(nowMs).text.replace(/[-:.]/g, '');
  return `${time}-${randomBytes(8).toString('hex')}`;
}

/** The name in quarantine of the lock that was called `original`; a very long name is cut. */
export function keptName(id: string, original: string): string {
  let cut = '';
  for (const character of original) {
    if (Buffer.byteLength(cut + character) > LONGEST_ORIGINAL_BYTES) break;
    cut += character;
  }
  return `${id}-${cut}`;
}

/** The name of what is written down about it. */
export function keptRecordName(id: string): string {
  return `${id}.json`;
}

/** The quarantine of a folder, made where there is none. Throws when it cannot be one. */
export function makeQuarantine(folder: string): string {
  const path = join(folder, QUARANTINE);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  // A link would lead our files away from the file system of the lock, and maybe to somebody else's.
  if (!lstatSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  return path;
}

/** What is kept in the quarantine of a folder, the newest first. Never throws; what is not ours is passed over. */
export function listKept(folder: string): readonly KeptLock[] {
  try {
    if (!lstatSync(join(folder, QUARANTINE)).isDirectory()) return [];
    return readdirSync(join(folder, QUARANTINE))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => ID.test(id))
      .sort()
      .reverse()
      .slice(0, MOST_KEPT)
      .map((id) => readKept(folder, id))
      .filter((kept) => kept !== null);
  } catch {
    return [];
  }
}

/** What is written down about one of them; null when there is nothing that could be ours. Never throws. */
export function readKept(folder: string, id: string): KeptLock | null {
  if (!ID.test(id)) return null;
  try {
    return parseKept(id, readSmallFile(join(folder, QUARANTINE, keptRecordName(id))));
  } catch {
    return null;
  }
}

function readSmallFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new Error('not a file');
    const buffer = Buffer.alloc(MOST_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, MOST_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

export function formatKept(kept: KeptLock): string {
  return `${JSON.stringify({ version: 1, ...kept }, null, 2)}\n`;
}

function parseKept(id: string, text: string): KeptLock | null {
  const at = fieldsOf(JSON.parse(text));
  const print = parsePrint(at('print'));
  const original = at('original');
  const action = at('action');
  const head = at('head');
  if (at('version') !== 1 || at('id') !== id || print === null) return null;
  // It is a name in that very folder, and nothing that leads elsewhere.
  if (typeof original !== 'string' || !/^[^/\0]+\.lock$/.test(original)) return null;
  if (action !== 'release' && action !== 'reap' && action !== 'force-release') return null;
  if (typeof head !== 'number') return null;
  const [takenAt, takenBy, claimId, resource, seen] = ['takenAt', 'takenBy', 'claimId', 'resource', 'seen'].map(at);
  const [holder, reason] = ['holder', 'reason'].map(at);
  if (typeof takenAt !== 'string' || typeof takenBy !== 'string' || typeof claimId !== 'string') return null;
  if (typeof resource !== 'string' || typeof seen !== 'string') return null;
  if (!isTextOrNull(holder) || !isTextOrNull(reason)) return null;
  return { id, original, takenAt, takenBy, action, claimId, resource, holder, seen, reason, head, print };
}

function parsePrint(value: unknown): LockPrint | null {
  const at = fieldsOf(value);
  const kind = at('kind');
  const mode = at('mode');
  const bornNs = at('bornNs');
  const digest = at('digest');
  if (kind !== 'file' && kind !== 'folder' && kind !== 'link' && kind !== 'other') return null;
  if (typeof mode !== 'number' || !isTextOrNull(bornNs) || !isTextOrNull(digest)) return null;
  const texts = ['device', 'inode', 'uid', 'gid', 'size', 'modifiedNs', 'changedNs'].map(at);
  if (!texts.every((text) => typeof text === 'string')) return null;
  const [device = '', inode = '', uid = '', gid = '', size = '', modifiedNs = '', changedNs = ''] = texts;
  return { kind, device, inode, mode, uid, gid, size, modifiedNs, changedNs, bornNs, digest };
}

function fieldsOf(value: unknown): (name: string) => unknown {
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return (name) => fields.get(name);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
