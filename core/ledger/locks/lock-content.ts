import { createHash, randomBytes } from 'node:crypto';
import type { ProcessIdentity } from '../../model';

export const LOCK_NAME = 'ledger.lock';

/**
 * What a `ledger.lock` of ours says in `agent_id`: the process that holds it, so that a crash of ours is proven
 * and not guessed, and a nonce, so that no two holds are alike. Other tools only compare it as a string.
 */
export interface OwnMark {
  readonly process: ProcessIdentity;
  readonly nonce: string;
}

const PREFIX = 'lockscope';

/** Drawn once for a process, and counted on from there, so that no two marks are alike. */
const NONCE_START = randomBytes(5).toString('hex');
let marks = 0;

export function newMark(process: ProcessIdentity): OwnMark {
  marks += 1;
  return { process, nonce: NONCE_START + marks.toString(16).padStart(6, '0') };
}

/** What all marks and temp names of one process have in common. */
interface ProcessWords {
  readonly mark: string;
  readonly temp: string;
}

const wordsOf = new WeakMap<ProcessIdentity, ProcessWords>();

function processWords(process: ProcessIdentity): ProcessWords {
  let words = wordsOf.get(process);
  if (words === undefined) {
    words = { mark: formatMarkStart(process), temp: formatTempStart(process) };
    wordsOf.set(process, words);
  }
  return words;
}

/** `lockscope host=… boot=… pidns=… pid=… start=… nonce=…`, values percent-encoded. */
export function formatMark(mark: OwnMark): string {
  return processWords(mark.process).mark + mark.nonce;
}

function formatMarkStart({ host, bootId, pidNamespace, pid, startTicks }: ProcessIdentity): string {
  const fields: readonly (readonly [string, string])[] = [
    ['host', host],
    ['boot', bootId ?? ''],
    ['pidns', pidNamespace ?? ''],
    ['pid', pid.toString()],
    ['start', startTicks?.toString() ?? ''],
    ['nonce', ''],
  ];
  return [PREFIX, ...fields.map(([key, value]) => `${key}=${encodeURIComponent(value)}`)].join(' ');
}

/** Null when the text is not a mark of ours, whole and well-formed. */
export function parseMark(text: string): OwnMark | null {
  const match =
    /^lockscope host=([^ ]+) boot=([^ ]*) pidns=([^ ]*) pid=([1-9]\d{0,9}) start=(\d{0,15}) nonce=([0-9a-f]{16})$/.exec(
      text,
    );
  if (match === null) return null;
  const [, host = '', boot = '', pidNamespace = '', pid = '', start = '', nonce = ''] = match;
  try {
    return {
      process: {
        host: decodeURIComponent(host),
        bootId: boot === '' ? null : decodeURIComponent(boot),
        pidNamespace: pidNamespace === '' ? null : decodeURIComponent(pidNamespace),
        pid: Number(pid),
        startTicks: start === '' ? null : Number(start),
      },
      nonce,
    };
  } catch {
    return null;
  }
}

/** The lock's content as the protocol writes it: JSON and a newline, local time with offset and nanoseconds. */
export function formatLockContent(mark: OwnMark, nowMs: number): string {
  // Nothing in either needs to be escaped: percent-encoding leaves no such character.
  return `{"agent_id":"${formatMark(mark)}","acquired_at":"${localRfc3339(nowMs)}"}\n`;
}

/** How long a lock file of ours says to last, in ms. It stands for an instant; a crash leaves it, and it ends by itself. */
const LOCK_FILE_LASTS_MS = 60_000;

/** The content of a `locks/*.lock` of ours, as the protocol writes it. */
export function formatLockFileContent(mark: OwnMark, node: string, nowMs: number): string {
  const [acquired_at, expires_at] = [nowMs, nowMs + LOCK_FILE_LASTS_MS].map(localRfc3339);
  return `${JSON.stringify({ node_id: node, owner: formatMark(mark), acquired_at, expires_at })}\n`;
}

/** The last second that was put in words: `2026-01-15T10:30:00.`, and its offset from UTC. */
let second = { atMs: Number.NaN, start: '', offset: '' };

function localRfc3339(ms: number): string {
  const whole = Math.floor(ms);
  const fraction = ((whole % 1000) + 1000) % 1000;
  // An offset changes with a whole minute, if at all.
  if (second.atMs !== whole - fraction) second = inWords(whole - fraction);
  return `${second.start}${fraction.toString().padStart(3, '0')}000000${second.offset}`;
}

function inWords(atMs: number): typeof second {
  const offsetMinutes = -new Date(atMs).getTimezoneOffset();
  const start = new Date(atMs + offsetMinutes * 60_000).toISOString().slice(0, -'000Z'.length);
  const size = Math.abs(offsetMinutes);
  const pad = (n: number) => n.toString().padStart(2, '0');
  const offset = size === 0 ? 'Z' : `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
  return { atMs, start, offset };
}

/** Enough to tell one machine, boot or namespace from another in a file name; empty for what is not known. */
function shortDigest(text: string | null): string {
  return text === null ? '' : createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * The name of a temp file of ours: it fits the protocol's `.event-*.tmp` and tells whose it is, on folders that
 * several machines or containers share too.
 */
export function ownTempName(mark: OwnMark): string {
  return `.event-${processWords(mark.process).temp}${mark.nonce}.tmp`;
}

/**
 * The name under which a lock of ours is written before it is linked into place, and which it keeps while it is held.
 * `turn` tells apart those that one process has at one time: a name that comes again costs the system less than a new one.
 */
export function ownLockTempName(process: ProcessIdentity, turn: number): string {
  return `${LOCK_TEMP_START}${processWords(process).temp}${NONCE_START}${turn.toString(16).padStart(6, '0')}.tmp`;
}

const LOCK_TEMP_START = '.ledger.lock-';

/** Whether a name is that of a lock of ours aside, and not of an event. */
export function isOwnLockTempName(name: string): boolean {
  return name.startsWith(LOCK_TEMP_START) && OWN_TEMP_NAME.test(name);
}

function formatTempStart({ pid, startTicks, host, bootId, pidNamespace }: ProcessIdentity): string {
  const where = [host, bootId, pidNamespace].map(shortDigest).join('-');
  return `${PREFIX}-${pid.toString()}-${startTicks?.toString() ?? ''}-${where}-`;
}

const OWN_TEMP_NAME =
  /^\.(?:event|ledger\.lock)-lockscope-([1-9]\d{0,9})-(\d{0,15})-([0-9a-f]{8})-((?:[0-9a-f]{8})?)-((?:[0-9a-f]{8})?)-[0-9a-f]{16}\.tmp$/;

/** Whether a name is that of a temp file of ours, of an event or of a lock. */
export function isOwnTempName(name: string): boolean {
  return OWN_TEMP_NAME.test(name);
}

/**
 * The process that a temp file of ours names; null for a file of others. Another machine, boot or namespace is only
 * known by its digest, which is like no real one: such a process is never taken for one of ours here.
 */
export function parseOwnTempName(name: string, self: ProcessIdentity): ProcessIdentity | null {
  const match = OWN_TEMP_NAME.exec(name);
  if (match === null) return null;
  const [, pid = '', start = '', host = '', boot = '', pidNamespace = ''] = match;
  return {
    host: shortDigest(self.host) === host ? self.host : host,
    bootId: known(self.bootId, boot),
    pidNamespace: known(self.pidNamespace, pidNamespace),
    pid: Number(pid),
    startTicks: start === '' ? null : Number(start),
  };
}

function known(own: string | null, digest: string): string | null {
  if (digest === '') return null;
  return shortDigest(own) === digest ? own : digest;
}
