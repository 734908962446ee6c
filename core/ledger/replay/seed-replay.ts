import { assertNever, compareInstants, type Instant, quoteHostile } from '../../model';
import { asBuffer, type EventRefusal, refuseBytes } from '../events/event-bytes';
import { decodeGo, type GoType, struct, text } from '../events/go-decode';
import { parseGoTime } from '../events/go-time';
import { compareNodeIds } from '../events/node-id';
import { type LedgerFinding, ledgerFinding, unreadableFrom } from '../findings';
import { type ClaimRecord, claimOfKept, Digest, type KeptClaim, keptClaim, toLedgerClaim } from './claim-record';
import { jsonParts } from './kept-parts';
import type { ApplyOutcome, LedgerClaim, LedgerTransition, Replay } from './replay';
import type { TransitionLog } from './transition-log';

interface TypeOnly {
  type: string;
}

interface LockEvent {
  timestamp: string;
  node_id: string;
  owner: string;
  expires_at: string;
}

const typeOnly: GoType<TypeOnly> = struct({ type: text });
const lockEvent: GoType<LockEvent> = struct({ timestamp: text, node_id: text, owner: text, expires_at: text });

const LOCK_TYPES = ['lock_acquired', 'lock_released', 'lock_reaped'] as const;
type LockType = (typeof LOCK_TYPES)[number];

interface SeedLock {
  readonly type: LockType;
  readonly node: string;
  readonly owner: string;
  readonly at: Instant | null;
  /** Only of a `lock_acquired`. */
  readonly expiresAt: Instant | null;
}

type Read =
  | { readonly kind: 'lock'; readonly lock: SeedLock }
  | { readonly kind: 'other'; readonly type: string }
  | EventRefusal;

function readEvent(bytes: Uint8Array): Read {
  const unreadable = refuseBytes(bytes);
  if (unreadable !== null) return unreadable;
  const buffer = asBuffer(bytes);
  const { value, fault } = decodeGo(typeOnly, buffer);
  if (fault !== null)
    return { kind: 'refused', code: 'unparsable', reason: 'the event is not an object with a "type"' };
  if (value.type === '') return { kind: 'refused', code: 'unparsable', reason: 'the event has no "type"' };
  const type = LOCK_TYPES.find((known) => known === value.type);
  return type === undefined ? { kind: 'other', type: value.type } : readLock(type, buffer);
}

function readLock(type: LockType, buffer: Buffer): Read {
  const { value, fault } = decodeGo(lockEvent, buffer);
  const unusable = (reason: string): Read => ({ kind: 'refused', code: 'unparsable', reason: `${type}: ${reason}` });
  if (fault !== null) return unusable(fault);
  if (value.node_id === '') return unusable('it names no node');
  if (value.owner === '') return unusable('it names no owner');
  const written = parseGoTime(value.timestamp);
  const at = 'fault' in written ? null : written;
  const lock = { type, node: value.node_id, owner: value.owner, at, expiresAt: null };
  if (type !== 'lock_acquired') return { kind: 'lock', lock };
  const expiresAt = parseGoTime(value.expires_at);
  if ('fault' in expiresAt) return unusable(`"${quoteHostile(value.expires_at)}" ${expiresAt.fault}`);
  return { kind: 'lock', lock: { ...lock, expiresAt } };
}

/**
 * The seed's replay (seed 004, *Claim Lock State Reconstruction*): the last `lock_acquired` of a node holds it until
 * a `lock_released` or `lock_reaped`. Events of any other type are legal and change nothing. What that replay
 * accepts without a word, and an operator should hear of, is a finding.
 */
class SeedReplay implements Replay {
  readonly dialect = 'seed';
  readonly #locks = new Map<string, ClaimRecord>();

  apply(sequence: number, bytes: Uint8Array): ApplyOutcome {
    return this.#step(sequence, bytes, true);
  }

  applyInto(log: TransitionLog, sequence: number, bytes: Uint8Array): ApplyOutcome {
    const outcome = this.#step(sequence, bytes, true);
    if (outcome.kind === 'refused' || outcome.transitions.length === 0) return outcome;
    for (const transition of outcome.transitions) log.add(transition);
    return { ...outcome, transitions: [] };
  }

  letGo(): void {
    for (const { digest } of this.#locks.values()) digest.detach();
  }

  check(sequence: number, bytes: Uint8Array): ApplyOutcome {
    return this.#step(sequence, bytes, false);
  }

  claim(node: string): LedgerClaim | undefined {
    const record = this.#locks.get(node);
    return record === undefined ? undefined : toLedgerClaim(node, record, null);
  }

  claims(): readonly LedgerClaim[] {
    return [...this.#locks]
      .sort(([a], [b]) => compareNodeIds(a, b))
      .map(([node, record]) => toLedgerClaim(node, record, null));
  }

  parts(): IterableIterator<string> {
    return jsonParts(this.#locks, ([node, record]) => [node, keptClaim(record)]);
  }

  takeUp(part: string): void {
    for (const [node, kept] of JSON.parse(part) as (readonly [string, KeptClaim])[]) {
      this.#locks.set(node, claimOfKept(kept));
    }
  }

  #step(sequence: number, bytes: Uint8Array, commit: boolean): ApplyOutcome {
    const read = readEvent(bytes);
    switch (read.kind) {
      case 'refused':
        return { kind: 'refused', finding: unreadableFrom(read.code, sequence, read.reason) };
      case 'other':
        return { kind: 'applied', type: read.type, transitions: [], findings: [] };
      case 'lock': {
        const { lock } = read;
        const held = this.#locks.get(lock.node);
        if (lock.type === 'lock_acquired') {
          if (commit) this.#locks.set(lock.node, acquired(lock, held, sequence, bytes));
          return applied(lock, acquisition(lock, held, sequence), overlap(lock, held, sequence));
        }
        if (commit) this.#locks.delete(lock.node);
        return applied(lock, end(lock, held, sequence), doubtfulEnd(lock, held, sequence));
      }
      default:
        return assertNever(read);
    }
  }
}

function applied(lock: SeedLock, transition: LedgerTransition | null, finding: LedgerFinding | null): ApplyOutcome {
  return {
    kind: 'applied',
    type: lock.type,
    transitions: transition === null ? [] : [transition],
    findings: finding === null ? [] : [finding],
  };
}

function acquired(lock: SeedLock, held: ClaimRecord | undefined, sequence: number, bytes: Uint8Array): ClaimRecord {
  const extended = held !== undefined && held.owner === lock.owner;
  return {
    owner: lock.owner,
    acquiredAt: extended ? held.acquiredAt : lock.at,
    expiresAt: lock.expiresAt,
    claimedBy: extended ? held.claimedBy : sequence,
    changedBy: sequence,
    digest: new Digest(bytes),
  };
}

function acquisition(lock: SeedLock, held: ClaimRecord | undefined, sequence: number): LedgerTransition {
  const kind = held !== undefined && held.owner === lock.owner ? 'extended' : 'taken';
  return { node: lock.node, kind, at: lock.at, sequence, holder: lock.owner, until: lock.expiresAt };
}

/** Another owner took the node while the lease of the one before still ran. */
function overlap(lock: SeedLock, held: ClaimRecord | undefined, sequence: number): LedgerFinding | null {
  if (held === undefined || held.owner === lock.owner || held.expiresAt === null || lock.at === null) return null;
  if (compareInstants(held.expiresAt, lock.at) <= 0) return null;
  const [node, owner, before] = [lock.node, lock.owner, held.owner].map((name) => quoteHostile(name));
  const until = quoteHostile(held.expiresAt.text);
  const message = `Event #${sequence.toString()} gave node ${node ?? ''} to ${owner ?? ''} while ${before ?? ''} still held it until ${until}.`;
  return ledgerFinding('double-holder', 'warning', message, { at: sequence });
}

function end(lock: SeedLock, held: ClaimRecord | undefined, sequence: number): LedgerTransition | null {
  if (held === undefined) return null;
  const kind = lock.type === 'lock_reaped' ? 'reaped' : 'released';
  return { node: lock.node, kind, at: lock.at, sequence, holder: held.owner, until: null };
}

function doubtfulEnd(lock: SeedLock, held: ClaimRecord | undefined, sequence: number): LedgerFinding | null {
  const what = `Event #${sequence.toString()} (${lock.type})`;
  if (held === undefined) {
    const message = `${what} ends a claim on node ${quoteHostile(lock.node)}, which nobody held.`;
    return ledgerFinding('released-unheld', 'warning', message, { at: sequence });
  }
  if (held.owner === lock.owner) return null;
  const message = `${what} names ${quoteHostile(lock.owner)}, but it was ${quoteHostile(held.owner)} who held node ${quoteHostile(lock.node)}.`;
  return ledgerFinding('released-by-other', 'warning', message, { at: sequence });
}

/** A replay of the seed dialect that has seen no event yet. */
export function createSeedReplay(): Replay {
  return new SeedReplay();
}
