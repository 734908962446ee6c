import { createHash } from 'node:crypto';
import type { Claim, Evidence, Instant } from '../model';
import { LOCK_FILE_TOLERANCE_MS, type LockFile } from './locks/lock-files';
import type { Dialect, LedgerClaim } from './replay/replay';

const NODE = 'node';

/** The id of the claim on a node, the same whichever record tells of it. */
export function nodeClaimId(node: string): string {
  return `${NODE}:${node}`;
}

/** The node that a claim is about; null for a claim of another kind. */
export function nodeOfClaim(claimId: string): string | null {
  return claimId.startsWith(`${NODE}:`) ? claimId.slice(NODE.length + 1) : null;
}

/** What the claims of one reading have in common. */
export interface ClaimContext {
  readonly dialect: Dialect;
  readonly nameOf: (sequence: number) => string;
  readonly observedAtMs: number;
  /** The last event that could be applied, when its own tools cannot read on; else null. */
  readonly shownUpTo: number | null;
}

/** Clocks may differ by this much before it is worth a word, in ms. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * The claim of the ledger on a node, joined with the lock files of the same node into one row.
 * The ledger's record is the claim; a lock file is evidence beside it.
 */
export function ledgerNodeClaim(claim: LedgerClaim, lockFiles: readonly LockFile[], context: ClaimContext): Claim {
  const evidence: Evidence[] = [{ kind: 'holder-unknowable', why: 'names-no-process' }];
  if (context.dialect === 'living') evidence.push({ kind: 'extension-may-be-unrecorded' }, { kind: 'owner-may-go-on' });
  evidence.push(...lockFiles.map((file) => lockFileBeside(claim, file)));
  evidence.push(...clockEvidence(claim.acquiredAt, context.observedAtMs));
  if (context.shownUpTo !== null) evidence.push({ kind: 'shown-up-to', sequence: context.shownUpTo });
  return {
    id: nodeClaimId(claim.node),
    protocol: 'ledger',
    kind: NODE,
    resource: claim.node,
    title: claim.statement,
    holder: { name: claim.owner, process: null },
    acquiredAt: claim.acquiredAt,
    lease: claim.expiresAt === null ? { kind: 'none' } : { kind: 'until', expiresAt: claim.expiresAt, toleranceMs: 0 },
    evidence,
    seen: seenToken(claim, lockFiles),
    recordLabel: `#${claim.changedBy.toString()} · ${context.nameOf(claim.changedBy)}`,
    possibleActions: ['release', 'reap', 'force-release'],
    inBatch: true,
  };
}

/** A node that only lock files claim. It ends when its file is taken away; which of several is never guessed. */
export function lockFileClaim(files: readonly [LockFile, ...LockFile[]], context: ClaimContext): Claim {
  const [first, ...others] = files;
  return {
    id: nodeClaimId(first.node),
    protocol: 'ledger',
    kind: NODE,
    resource: first.node,
    title: null,
    holder: { name: first.owner, process: null },
    acquiredAt: first.acquiredAt,
    lease: { kind: 'until', expiresAt: first.expiresAt, toleranceMs: LOCK_FILE_TOLERANCE_MS },
    evidence: [
      { kind: 'only-in-lock-file', file: first.file },
      { kind: 'holder-unknowable', why: 'names-no-process' },
      ...others.map((file) => lockFileDiffers(file)),
      ...clockEvidence(first.acquiredAt, context.observedAtMs),
    ],
    seen: `file.${digestOf(files.map((file) => [file.file, file.digest]))}`,
    recordLabel: first.file,
    possibleActions: others.length === 0 ? ['release', 'reap', 'force-release'] : [],
  };
}

function lockFileBeside(claim: LedgerClaim, file: LockFile): Evidence {
  if (file.owner !== claim.owner) return lockFileDiffers(file);
  return { kind: 'lock-file-agrees', file: file.file, expiresAt: file.expiresAt, toleranceMs: LOCK_FILE_TOLERANCE_MS };
}

function lockFileDiffers(file: LockFile): Evidence {
  return {
    kind: 'lock-file-differs',
    file: file.file,
    owner: file.owner,
    expiresAt: file.expiresAt,
    toleranceMs: LOCK_FILE_TOLERANCE_MS,
  };
}

function clockEvidence(acquiredAt: Instant | null, observedAtMs: number): readonly Evidence[] {
  const aheadMs = acquiredAt === null ? 0 : acquiredAt.ms - observedAtMs;
  return acquiredAt !== null && aheadMs > CLOCK_TOLERANCE_MS
    ? [{ kind: 'taken-in-the-future', at: acquiredAt, aheadMs }]
    : [];
}

/**
 * The token for exactly this claim: the events that made and last changed it, their bytes, whose it is and until
 * when, and the lock files beside it. Two claims of one token are the same claim.
 */
function seenToken(claim: LedgerClaim, lockFiles: readonly LockFile[]): string {
  const digest = digestOf([
    claim.node,
    claim.owner,
    claim.expiresAt?.text ?? null,
    claim.digest,
    lockFiles.map((file) => [file.file, file.digest]),
  ]);
  return `${claim.claimedBy.toString()}.${claim.changedBy.toString()}.${digest}`;
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
}
