import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { assertNever, type EndAction, instantFromMs, MEND_KINDS, type MendKind } from '../../model';
import { isTempName, parseEventName } from '../events/event-names';
import { isOwnTempName } from './lock-content';
import type { LockPrint } from './lock-print';

/**
 * Where what was taken away is kept, in the folder that it stood in. No tool of a ledger looks into it.
 *
 * The names in it, for a taking of a lock with the id ID, and what one means that a crash left:
 * - `taking`: empty, stays for good. Whoever has it locked (flock) is at work here; the lock ends with its process.
 * - `ID-NAME`, a file with the mark of a Lockscope (`parseMark`), or one cut short: the lock of ours that was to be
 *   swapped with NAME. Nothing was taken. Once nobody has `taking` locked, it may be removed.
 * - `ID-NAME`, exactly as `ID.json` says: what was taken. The lock that now stands at NAME, if it bears the mark of the
 *   process in `takenBy`, is the one of ours that could not be released; it is proven abandoned, and is reaped.
 * - `ID.json` with an `ID-NAME` that is not what it says: written before the swap. Nothing was taken, as above.
 * - `ID.json` without an `ID-NAME`: given up, or put back, and only its removal is missing. It may be removed.
 * - `ID.json` that is cut short: `ID-NAME` is a lock of ours, nothing was taken.
 * Each of these states is met by `test/race/kill-taking.test.ts`.
 */
export const QUARANTINE = '.lockscope';

/** One file or folder that was taken away. */
export interface KeptFile {
  /** The name that it had: `ledger.lock`, `1.2.lock`, `000012.json`. */
  readonly original: string;
  /** Its name in quarantine. */
  readonly name: string;
  /** What was seen of it, right before it was taken. */
  readonly print: LockPrint;
}

/** What is written down beside what was taken away: enough to know it again, and to put it back. Plain data. */
export interface Kept {
  readonly id: string;
  /** In the order of their names in the ledger; they went together, and come back together. */
  readonly files: readonly [KeptFile, ...KeptFile[]];
  /** RFC 3339, UTC. */
  readonly takenAt: string;
  /** The process that took it, as a lock of ours names it. */
  readonly takenBy: string;
  /** What it was taken away for. */
  readonly why:
    | { readonly action: EndAction; readonly claimId: string }
    | { readonly action: 'mend'; readonly mend: MendKind };
  readonly resource: string;
  readonly holder: string | null;
  readonly seen: string;
  readonly reason: string | null;
  /** The number of the ledger's last event: at that moment for a lock, after it for a mend. */
  readonly head: number;
}

const ID = /^\d{8}T\d{9}Z-[0-9a-f]{16}$/;
const ID_LENGTH = '20260115T093000123Z-0123456789abcdef'.length;
const MOST_BYTES = 2 * 1024 * 1024;
/** A mend takes no more at once. */
const MOST_FILES_OF_A_SET = 500;
/** So much of a quarantine is looked at: whoever may write there could make it take for ever. The newest count. */
const MOST_KEPT = 1_000;
const MOST_KEPT_FILES = 2_000;
const MOST_KEPT_BYTES = 8 * 1024 * 1024;
const MOST_KEPT_CONTENTS = 64 * 1024 * 1024;
const LONGEST_ORIGINAL_BYTES = 150;

/** `20260115T093000123Z-0123456789abcdef`: sorts by time, and is never made twice. */
export function newKeptId(nowMs: number): string {
  const time = instantFromMs(nowMs).text.replace(/[-:.]/g, '');
  return `${time}-${randomBytes(8).toString('hex')}`;
}

/** The name in quarantine of what was called `original`; a very long name is cut. Of several, each has its number. */
export function keptName(id: string, original: string, number: number | null = null): string {
  let cut = '';
  for (const character of basename(original)) {
    if (Buffer.byteLength(cut + character) > LONGEST_ORIGINAL_BYTES) break;
    cut += character;
  }
  return number === null ? `${id}-${cut}` : `${id}-${number.toString()}-${cut}`;
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

/**
 * What is kept in the quarantine of a folder, the newest first: of very much, only so much as is looked at in a moment.
 * Never throws; what is not ours is passed over.
 */
export function listKept(folder: string): readonly Kept[] {
  const all: Kept[] = [];
  let [bytes, files, contents] = [0, 0, 0];
  for (const id of keptIds(folder)) {
    const text = recordOf(folder, id);
    bytes += text?.length ?? 0;
    const kept = text === null ? null : keptOf(id, text);
    files += kept?.files.length ?? 0;
    for (const { print } of kept?.files ?? []) contents += Math.min(Number(print.size) || 0, MOST_BYTES);
    if (bytes > MOST_KEPT_BYTES || files > MOST_KEPT_FILES) break;
    // Whether a file is the one that was taken shows by its bytes too. The newest set counts however large it is.
    if (contents > MOST_KEPT_CONTENTS && all.length > 0) break;
    if (kept !== null) all.push(kept);
  }
  return all;
}

function keptIds(folder: string): readonly string[] {
  try {
    if (!lstatSync(join(folder, QUARANTINE)).isDirectory()) return [];
    return readdirSync(join(folder, QUARANTINE))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => ID.test(id))
      .sort()
      .reverse()
      .slice(0, MOST_KEPT);
  } catch {
    return [];
  }
}

const QUARANTINED_LOCK = /^\d{8}T\d{9}Z-[0-9a-f]{16}-(?!\d+-\d{8}T)[^/\0]+\.lock$/;
const MOST_LOCK_BYTES = 4 * 1024;

/** The id that a name in quarantine begins with. */
export function idOfQuarantined(name: string): string {
  return name.slice(0, ID_LENGTH);
}

/** The `agent_id` in a lock that lies in quarantine by that name; null when nothing of the kind does. Never throws. */
export function agentOfQuarantined(folder: string, name: string): string | null {
  if (!QUARANTINED_LOCK.test(name)) return null;
  try {
    const text = readSmallFile(join(folder, QUARANTINE, name), MOST_LOCK_BYTES);
    const agent = fieldsOf(JSON.parse(text))('agent_id');
    return typeof agent === 'string' ? agent : null;
  } catch {
    return null;
  }
}

/** What is written down about one of them; null when there is nothing that could be ours. Never throws. */
export function readKept(folder: string, id: string): Kept | null {
  const text = ID.test(id) ? recordOf(folder, id) : null;
  return text === null ? null : keptOf(id, text);
}

function recordOf(folder: string, id: string): string | null {
  try {
    // A link would lead to what others wrote.
    if (!lstatSync(join(folder, QUARANTINE)).isDirectory()) return null;
    return readSmallFile(join(folder, QUARANTINE, keptRecordName(id)), MOST_BYTES);
  } catch {
    return null;
  }
}

function keptOf(id: string, text: string): Kept | null {
  try {
    return parseKept(id, text);
  } catch {
    return null;
  }
}

/** Throws when it is no file, or a larger one. */
function readSmallFile(path: string, most: number): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > most) throw new Error('not a small file');
    const buffer = Buffer.alloc(stat.size);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** Of what is written down. Another one is not understood, and left alone. */
const VERSION = 2;

export function formatKept(kept: Kept): string {
  return `${JSON.stringify({ version: VERSION, ...kept }, null, 2)}\n`;
}

function parseKept(id: string, text: string): Kept | null {
  const at = fieldsOf(JSON.parse(text));
  if (at('version') !== VERSION || at('id') !== id) return null;
  const why = parseWhy(fieldsOf(at('why')));
  if (why === null) return null;
  const [first, ...others] = parseFiles(id, at('files'), why);
  if (first === undefined || first === null || !others.every((file) => file !== null)) return null;
  const head = at('head');
  if (typeof head !== 'number') return null;
  const [takenAt, takenBy, resource, seen] = ['takenAt', 'takenBy', 'resource', 'seen'].map(at);
  const [holder, reason] = ['holder', 'reason'].map(at);
  if (typeof takenAt !== 'string' || typeof takenBy !== 'string') return null;
  if (typeof resource !== 'string' || typeof seen !== 'string') return null;
  if (!isTextOrNull(holder) || !isTextOrNull(reason)) return null;
  return { id, files: [first, ...others], takenAt, takenBy, why, resource, holder, seen, reason, head };
}

type Fields = (name: string) => unknown;

function parseWhy(at: Fields): Kept['why'] | null {
  const action = at('action');
  if (action === 'mend') {
    const mend = MEND_KINDS.find((known) => known === at('mend'));
    return mend === undefined ? null : { action, mend };
  }
  const claimId = at('claimId');
  if (action !== 'release' && action !== 'reap' && action !== 'force-release') return null;
  return typeof claimId === 'string' ? { action, claimId } : null;
}

function parseFiles(id: string, value: unknown, why: Kept['why']): readonly (KeptFile | null)[] {
  if (!Array.isArray(value) || value.length > MOST_FILES_OF_A_SET) return [];
  return value.map((each: unknown, index): KeptFile | null => {
    const at = fieldsOf(each);
    const original = at('original');
    const print = parsePrint(at('print'));
    if (typeof original !== 'string' || print === null || !mayBeTaken(original, why)) return null;
    // Names that we would not have made lead elsewhere.
    const name = keptName(id, original, why.action === 'mend' ? index + 1 : null);
    return at('name') === name ? { original, name, print } : null;
  });
}

/** What a taking that did not end may leave in the quarantine itself. */
const LEFT_IN_QUARANTINE = /^\.lockscope\/\d{8}T\d{9}Z-[0-9a-f]{16}(?:\.json|-[^/\0]+\.lock)$/;

/** It is a name in that very folder, of a kind that is taken away for that reason, and nothing that leads elsewhere. */
function mayBeTaken(original: string, why: Kept['why']): boolean {
  if (why.action === 'mend' && why.mend === 'leftover-files' && LEFT_IN_QUARANTINE.test(original)) return true;
  if (/[/\0]/.test(original)) return false;
  if (why.action !== 'mend') return isLockName(original);
  switch (why.mend) {
    case 'trailing-events':
      return parseEventName(original) !== null;
    case 'leftover-files':
      return isTempName(original) || isOwnTempName(original);
    default:
      return assertNever(why.mend);
  }
}

function isLockName(original: string): boolean {
  return /^[^/\0]+\.lock$/.test(original);
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

function fieldsOf(value: unknown): Fields {
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return (name) => fields.get(name);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
