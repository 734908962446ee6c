import { createHash } from 'node:crypto';
import type { Instant } from '../model';
import { asBuffer } from './event-bytes';
import { parseGoTime } from './go-time';
import { plainInstant } from './plain-time';
import type { LedgerClaim } from './replay';

/** Bytes up to this length are kept until somebody asks for their digest; longer ones are hashed at once. */
const KEPT_BYTES = 4096;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of an event's bytes, computed when it is first asked for. */
export class Digest {
  /** As Latin-1: a short string costs much less than an array of bytes of its own. */
  #bytes: string | null;
  #hex: string | null;

  /** `source`: the bytes, or the digest of them in hex where that is all there is. */
  constructor(source: Uint8Array | string) {
    if (typeof source === 'string') {
      this.#bytes = null;
      this.#hex = source;
      return;
    }
    const bytes = source;
    const keep = bytes.length <= KEPT_BYTES;
    // A copy: the caller may use its buffer again.
    this.#bytes = keep ? asBuffer(bytes).toString('latin1') : null;
    this.#hex = keep ? null : sha256(bytes);
  }

  hex(): string {
    this.#hex ??= sha256(Buffer.from(this.#bytes ?? '', 'latin1'));
    this.#bytes = null;
    return this.#hex;
  }
}

/** A claim as a replay keeps it. Never altered: a change makes another one. */
export interface ClaimRecord {
  readonly owner: string;
  readonly acquiredAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly claimedBy: number;
  readonly changedBy: number;
  readonly digest: Digest;
}

/** The claim as plain data. */
export function toLedgerClaim(node: string, record: ClaimRecord, statement: string | null): LedgerClaim {
  return {
    node,
    owner: record.owner,
    acquiredAt: plainInstant(record.acquiredAt),
    expiresAt: plainInstant(record.expiresAt),
    claimedBy: record.claimedBy,
    changedBy: record.changedBy,
    digest: record.digest.hex(),
    statement,
  };
}

/** A claim as it is kept in JSON: owner, the two times as written, the two events, digest. */
export type KeptClaim = readonly [string, string | null, string | null, number, number, string];

export function keptClaim({ owner, acquiredAt, expiresAt, claimedBy, changedBy, digest }: ClaimRecord): KeptClaim {
  return [owner, acquiredAt?.text ?? null, expiresAt?.text ?? null, claimedBy, changedBy, digest.hex()];
}

/** The claim that was kept. Throws when it is none. */
export function claimOfKept([owner, acquiredAt, expiresAt, claimedBy, changedBy, digest]: KeptClaim): ClaimRecord {
  return {
    owner,
    acquiredAt: timeOfKept(acquiredAt),
    expiresAt: timeOfKept(expiresAt),
    claimedBy,
    changedBy,
    digest: new Digest(digest),
  };
}

function timeOfKept(text: string | null): Instant | null {
  if (text === null) return null;
  const parsed = parseGoTime(text);
  if ('fault' in parsed) throw new Error('A kept time is none.');
  return parsed;
}
