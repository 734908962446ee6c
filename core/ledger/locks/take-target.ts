import type { Host } from '../../host/host';
import {
  allEvidence,
  assertNever,
  type Claim,
  type EndAction,
  formatDuration,
  isStale,
  judge,
  quoteHostile,
  type SeenClaim,
  verdictWord,
} from '../../model';
import { lockFileClaim, nodeOfClaim } from '../node-claim';
import type { LedgerReader } from '../reading/ledger-reader';
import { type ActionGround, unreadableReason } from '../writing/check-claim';
import { inspectWriteLock, surroundingsOf, WRITE_LOCK_ID, writeLockClaim } from './inspect-write-lock';
import { formatLockContent, formatLockFileContent, LOCK_NAME, type OwnMark } from './lock-content';
import { readLockFiles } from './lock-files';
import type { TakeRefusal } from './take-lock';

/** A foreign lock is only taken away when it has stood in its place for this long, in ms: writers need milliseconds. */
const TAKEN_AFTER_MS = 30_000;

export interface TakeGround {
  readonly reader: LedgerReader;
  readonly host: Host;
}

/** A lock that an action would take away, as it stands now. */
export interface Target {
  /** Where it stands, relative to the proof, and by which name. */
  readonly place: 'ledger' | 'locks';
  readonly original: string;
  readonly claim: Claim;
  /** How long it has stood there, in ms; null for a lock that says itself when it ends. */
  readonly standsMs: number | null;
  /** The lock of ours that takes its place. */
  readonly ours: (mark: OwnMark) => { readonly content: string; readonly mode: number };
}

export type FoundTarget = { readonly kind: 'target'; readonly target: Target } | TakeRefusal;

/** What is asked for: an action on exactly one claim, as it was seen. */
export type TakeWanted = SeenClaim & { readonly action: EndAction; readonly actAs: string | null };

/**
 * Whether an action on this claim takes a lock away instead of writing an event: on `ledger.lock`, and on a node
 * that only a lock file claims.
 */
export function isTakeAway({ reader, lockFilesOf }: ActionGround, claimId: string): boolean {
  if (claimId === WRITE_LOCK_ID) return true;
  const node = nodeOfClaim(claimId);
  return node !== null && reader.replay.claim(node) === undefined && lockFilesOf(node).length > 0;
}

/** The lock that an action is about, if it is still what was seen and the action suits it. */
export function findTarget(ground: TakeGround, wanted: TakeWanted, withSurroundings: boolean): FoundTarget {
  const found =
    wanted.claimId === WRITE_LOCK_ID ? findWriteLock(ground, withSurroundings) : findLockFile(ground, wanted.claimId);
  if (found.kind !== 'target') return found;
  const { claim } = found.target;
  if (claim.seen !== wanted.seen) {
    const message = `${quoteHostile(claim.resource)} is not held as you saw it any more. Nothing was taken away.`;
    return { kind: 'conflict', message };
  }
  const refused = ruleAgainst(wanted, found.target, ground.host.clock.nowMs());
  return refused === null ? found : { kind: 'refused', reasons: [refused] };
}

function findWriteLock({ reader, host }: TakeGround, withSurroundings: boolean): FoundTarget {
  if (reader.outOfReach !== null) {
    return { kind: 'refused', reasons: [`The ledger cannot be read: ${reader.outOfReach}.`] };
  }
  const lock = inspectWriteLock(reader.folder);
  if (lock === null) {
    return { kind: 'conflict', message: 'Nobody holds ledger.lock any more. Nothing was taken away.' };
  }
  const around = withSurroundings
    ? surroundingsOf(reader, host.processes, lock)
    : { ledgerFolder: reader.folder, processes: host.processes, near: [], hidden: 0, tempFiles: [], eventsSince: null };
  const claim = writeLockClaim(lock, { ...around, tempFiles: reader.tempFiles });
  const target: Target = {
    place: 'ledger',
    original: LOCK_NAME,
    claim,
    // Its own time may be any: only when it came to stand there counts.
    standsMs: host.clock.nowMs() - lock.placedMs,
    ours: (mark) => ({ content: formatLockContent(mark, host.clock.nowMs()), mode: 0o600 }),
  };
  return { kind: 'target', target };
}

function findLockFile({ reader, host }: TakeGround, claimId: string): FoundTarget {
  const unreadable = unreadableReason(reader);
  // Whether the ledger claims the node as well is then not known.
  if (unreadable !== null) return { kind: 'refused', reasons: [unreadable] };
  const node = nodeOfClaim(claimId);
  if (node === null) return { kind: 'refused', reasons: ['This claim is no lock that could be taken away.'] };
  const shown = quoteHostile(node);
  const [file, ...others] = readLockFiles(reader.proofFolder).locks.filter((lock) => lock.node === node);
  if (file === undefined || reader.replay.claim(node) !== undefined) {
    const message = `Node ${shown} is not claimed by a lock file alone any more. Nothing was taken away.`;
    return { kind: 'conflict', message };
  }
  if (others.length > 0) {
    const names = [file, ...others].map((lock) => quoteHostile(lock.file)).join(', ');
    return {
      kind: 'refused',
      reasons: [`Several lock files claim node ${shown}: ${names}. Which one is meant is not guessed.`],
    };
  }
  const claim = lockFileClaim([file], {
    dialect: reader.dialect,
    nameOf: (sequence) => reader.nameOf(sequence),
    observedAtMs: host.clock.nowMs(),
    shownUpTo: null,
  });
  const target: Target = {
    place: 'locks',
    original: file.file.slice('locks/'.length),
    claim,
    standsMs: null,
    ours: (mark) => ({ content: formatLockFileContent(mark, node, host.clock.nowMs()), mode: 0o644 }),
  };
  return { kind: 'target', target };
}

function ruleAgainst(wanted: TakeWanted, { claim, standsMs }: Target, nowMs: number): string | null {
  const verdict = judge(claim, allEvidence(claim, nowMs), nowMs);
  const name = quoteHostile(claim.resource);
  switch (wanted.action) {
    case 'reap':
      if (isStale(verdict)) return null;
      return `The claim on ${name} is ${verdictWord(verdict).toLowerCase()}. Only a stale claim is reaped; a force-release ends any other.`;
    case 'release': {
      if (!claim.possibleActions.includes('release')) return `Only the program that took ${name} releases it.`;
      const owner = claim.holder.name ?? '';
      if (wanted.actAs === owner && owner !== '') return null;
      return `${quoteHostile(owner)} holds it, not ${quoteHostile(wanted.actAs ?? '')}. A release ends only a claim of the name that you act as.`;
    }
    case 'force-release': {
      const alive = claim.evidence.find((e) => e.kind === 'holder-alive');
      if (alive !== undefined) {
        return `${name} is held by a Lockscope that runs (process ${alive.process.pid.toString()}). End that process if it hangs; then its lock can be reaped.`;
      }
      if (standsMs === null || standsMs >= TAKEN_AFTER_MS) return null;
      return `${name} has stood there for ${formatDuration(Math.max(0, standsMs))} only, and nothing proves its holder gone. Writers hold it for milliseconds; after ${formatDuration(TAKEN_AFTER_MS)} it is presumed stale and can be taken away.`;
    }
    default:
      return assertNever(wanted.action);
  }
}
