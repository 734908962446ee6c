import { createHash, randomBytes } from 'node:crypto';
import type { ProcessIdentity } from '../model';

/**
 * What a `ledger.lock` of ours says in `agent_id`: the process that holds it, so that a crash of ours is proven
 * and not guessed, and a nonce, so that no two holds are alike. Other tools only compare it as a string.
 */
export interface OwnMark {
  readonly process: ProcessIdentity;
  readonly nonce: string;
}

const PREFIX = 'lockscope';

export function newMark(process: ProcessIdentity): OwnMark {
  return { process, nonce: randomBytes(8).toString('hex') };
}

/** `lockscope host=… boot=… pidns=… pid=… start=… nonce=…`, values percent-encoded. */
export function formatMark(mark: OwnMark): string {
  const { host, bootId, pidNamespace, pid, startTicks } = mark.process;
  const fields: readonly (readonly [string, string])[] = [
    ['host', host],
    ['boot', bootId ?? ''],
    ['pidns', pidNamespace ?? ''],
    ['pid', pid.toString()],
    ['start', startTicks?.toString() ?? ''],
    ['nonce', mark.nonce],
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
  return `${JSON.stringify({ agent_id: formatMark(mark), acquired_at: localRfc3339(nowMs) })}\n`;
}

/** How long a lock file of ours says to last, in ms. It stands for an instant; a crash leaves it, and it ends by itself. */
const LOCK_FILE_LASTS_MS = 60_000;

/** The content of a `locks/*.lock` of ours, as the protocol writes it. */
export function formatLockFileContent(mark: OwnMark, node: string, nowMs: number): string {
  const [acquired_at, expires_at] = [nowMs, nowMs + LOCK_FILE_LASTS_MS].map(localRfc3339);
  return `${JSON.stringify({ node_id: node, owner: formatMark(mark), acquired_at, expires_at })}\n`;
}

function localRfc3339(ms: number): string {
  const offsetMinutes = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, -1);
  if (offsetMinutes === 0) return `${local}000000Z`;
  const size = Math.abs(offsetMinutes);
  const pad = (n: number) => n.toString().padStart(2, '0');
  return `${local}000000${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
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
  const { pid, startTicks, host, bootId, pidNamespace } = mark.process;
  const where = [host, bootId, pidNamespace].map(shortDigest).join('-');
  return `.event-${PREFIX}-${pid.toString()}-${startTicks?.toString() ?? ''}-${where}-${mark.nonce}.tmp`;
}

/** The name under which a lock of ours is written before it is linked into place. */
export function ownLockTempName(mark: OwnMark): string {
  return `.ledger.lock-${ownTempName(mark).slice('.event-'.length)}`;
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
