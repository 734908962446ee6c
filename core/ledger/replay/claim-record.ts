import { createHash } from 'node:crypto';
import type { Instant } from '../../model';
import { asBuffer } from '../events/event-bytes';
import { parseGoTime } from '../events/go-time';
import { plainInstant } from '../events/plain-time';
import type { LedgerClaim } from './replay';

/** Bytes up to this length are copied until somebody asks for their digest; longer ones are hashed instead. */
const KEPT_BYTES = 4096;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of an event's bytes, computed when it is first asked for. */
export class Digest {
  /** A text is a copy as Latin-1: a short string costs much less than an array of bytes of its own. */
  #bytes: Uint8Array | string | null;
  #hex: string | null;

  /**
   * `source`: the bytes, or the digest of them in hex where that is all there is. `areLasting`: nobody writes into the
   * buffer of the bytes any more; it is held until the digest is asked for or `detach` is called.
   */
  constructor(source: Uint8Array | string, areLasting = false) {
    const isHex = typeof source === 'string';
    this.#hex = isHex ? source : null;
    this.#bytes = isHex ? null : source;
    // Else the caller may use its buffer again.
    if (!areLasting) this.detach();
  }

  hex(): string {
    const bytes = this.#bytes ?? '';
    this.#hex ??= sha256(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    this.#bytes = null;
    return this.#hex;
  }

  /** Lets go of the buffer that the bytes are in. */
  detach(): void {
    const bytes = this.#bytes;
    if (bytes === null || typeof bytes === 'string') return;
    if (bytes.length > KEPT_BYTES) this.hex();
    else this.#bytes = asBuffer(bytes).toString('latin1');
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
