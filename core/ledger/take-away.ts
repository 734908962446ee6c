import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileExchange } from '../host/exchange';
import type { Host } from '../host/host';
import { quoteForShell } from '../host/shell-word';
import {
  type ActionRequest,
  type ActionResult,
  allEvidence,
  assertNever,
  type Claim,
  formatDuration,
  isStale,
  judge,
  type Plan,
  type PlanOutcome,
  quoteHostile,
  verdictWord,
} from '../model';
import { inspectWriteLock, WRITE_LOCK_ID, writeLockClaim } from './inspect-write-lock';
import type { LedgerReader } from './ledger-reader';
import { formatLockContent, formatLockFileContent, formatMark, newMark, type OwnMark } from './lock-content';
import { readLockFiles } from './lock-files';
import { lockFileClaim, nodeOfClaim } from './node-claim';
import { unreadableReason } from './plan-action';
import { keptName, newKeptId, QUARANTINE } from './quarantine';
import { type TakeRefusal, takeLock } from './take-lock';
import { LOCK_NAME } from './write-lock';

/** A foreign lock is only taken away when it has stood in its place for this long, in ms: writers need milliseconds. */
const TAKEN_AFTER_MS = 30_000;

export interface TakeGround {
  readonly reader: LedgerReader;
  readonly host: Host;
}

/** A lock that an action would take away, as it stands now. */
interface Target {
  /** Where it stands, relative to the proof, and by which name. */
  readonly place: 'ledger' | 'locks';
  readonly original: string;
  readonly claim: Claim;
  /** How long it has stood there, in ms; null for a lock that says itself when it ends. */
  readonly standsMs: number | null;
  /** The lock of ours that takes its place. */
  readonly ours: (mark: OwnMark) => { readonly content: string; readonly mode: number };
}

type Found = { readonly kind: 'target'; readonly target: Target } | TakeRefusal;

/**
 * Whether an action on this claim takes a lock away instead of writing an event: on `ledger.lock`, and on a node
 * that only a lock file claims.
 */
export function isTakeAway({ reader }: TakeGround, claimId: string): boolean {
  if (claimId === WRITE_LOCK_ID) return true;
  const node = nodeOfClaim(claimId);
  return (
    node !== null &&
    reader.replay.claim(node) === undefined &&
    readLockFiles(reader.proofFolder).locks.some((lock) => lock.node === node)
  );
}

/** What taking a lock away would do. Writes nothing. */
export async function planTakeAway(ground: TakeGround, wanted: ActionRequest): Promise<PlanOutcome> {
  const found = findTarget(ground, wanted, true);
  if (found.kind !== 'target') return found;
  const { target } = found;
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot') return { kind: 'refused', reasons: byHand(ground, target, loaded.reason) };
  const nowMs = ground.host.clock.nowMs();
  const { claim, place, original } = target;
  const evidence = allEvidence(claim, nowMs);
  const file = `${place}/${original}`;
  const plan: Plan = {
    id: randomUUID(),
    action: wanted.action,
    claimId: wanted.claimId,
    actAs: wanted.actAs,
    resource: claim.resource,
    holder: claim.holder.name,
    seen: wanted.seen,
    verdict: judge(claim, evidence, nowMs),
    evidence,
    consequence: consequenceOf(wanted, target),
    writes: [],
    removes: [{ file, to: `${place}/${QUARANTINE}/${keptName(newKeptId(nowMs), original)}` }],
    undo: `Can be undone as long as nobody takes this lock: it is kept with its bytes, mode and times.`,
    warnings: warningsOf(target),
    needs:
      wanted.action === 'force-release'
        ? { reason: true, confirmation: claim.resource }
        : { reason: false, confirmation: null },
  };
  return { kind: 'planned', plan };
}

/** Does what such a plan says. The ledger must have been read just before. Never rejects. */
export async function commitTakeAway(
  ground: TakeGround,
  plan: Plan,
  options: { readonly reason: string | null; readonly signal: AbortSignal },
): Promise<ActionResult> {
  const { reader, host } = ground;
  const found = findTarget(ground, plan, false);
  if (found.kind !== 'target') return found;
  const { target } = found;
  const { place, original, claim } = target;
  const [removal] = plan.removes ?? [];
  const id = /\/(\d{8}T\d{9}Z-[0-9a-f]{16})-[^/]*$/.exec(removal?.to ?? '')?.[1];
  if (removal === undefined || id === undefined) return { kind: 'failed', error: 'The plan takes nothing away.' };
  const mark = newMark(host.processes.self());
  const headBefore = reader.head;
  const couldRead = reader.fault === null;
  const taken = await takeLock(
    {
      folder: join(reader.proofFolder, place),
      kept: {
        id,
        original,
        takenAt: new Date(host.clock.nowMs()).toISOString(),
        takenBy: formatMark(mark),
        action: plan.action,
        claimId: plan.claimId,
        resource: claim.resource,
        holder: claim.holder.name,
        seen: plan.seen,
        reason: options.reason,
        head: headBefore,
      },
      ours: target.ours(mark),
      check: () => {
        const still = findTarget(ground, plan, false);
        if (still.kind !== 'target') return still;
        if (still.target.original === original) return null;
        return { kind: 'conflict', message: 'Another lock file claims this node now. Nothing was taken away.' };
      },
      lookUnderIt: () => (couldRead ? whatChanged(reader, headBefore) : null),
    },
    options.signal,
  );
  switch (taken.kind) {
    case 'taken': {
      const stands = `The ledger stands at #${reader.head.toString()}.`;
      return {
        kind: 'done',
        message: `Took away ${quoteHostile(removal.file)}. It is kept as ${quoteHostile(removal.to, 240)}, and can be put back. ${stands}`,
        written: [],
        removed: [{ ...removal, undoId: id }],
        warnings: releaseWarnings(taken.release, removal.file),
      };
    }
    case 'cannot':
      return { kind: 'refused', reasons: byHand(ground, target, taken.reason) };
    case 'conflict':
    case 'refused':
    case 'failed':
      return taken;
    default:
      return assertNever(taken);
  }
}

/** Whoever writes while its lock is being taken away is alive. */
function whatChanged(reader: LedgerReader, headBefore: number): string | null {
  if (!reader.catchUp()) return 'The ledger changed under the lock while it was being taken away. It was put back.';
  if (reader.head === headBefore) return null;
  return `The ledger grew to #${reader.head.toString()} while its lock was being taken away: somebody is at work on it. The lock was put back.`;
}

function findTarget(ground: TakeGround, wanted: ActionRequest, withSurroundings: boolean): Found {
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

function findWriteLock({ reader, host }: TakeGround, withSurroundings: boolean): Found {
  if (reader.outOfReach !== null) {
    return { kind: 'refused', reasons: [`The ledger cannot be read: ${reader.outOfReach}.`] };
  }
  const lock = inspectWriteLock(reader.folder);
  if (lock === null) {
    return { kind: 'conflict', message: 'Nobody holds ledger.lock any more. Nothing was taken away.' };
  }
  const claim = writeLockClaim(lock, {
    processes: host.processes,
    near: withSurroundings ? host.processes.near(reader.proofFolder) : [],
    tempFiles: reader.tempFiles,
    eventsSince: withSurroundings ? reader.eventsSince(lock.modifiedMs) : 0,
  });
  const target: Target = {
    place: 'ledger',
    original: LOCK_NAME,
    claim,
    standsMs: host.clock.nowMs() - Math.max(lock.placedMs, lock.modifiedMs),
    ours: (mark) => ({ content: formatLockContent(mark, host.clock.nowMs()), mode: 0o600 }),
  };
  return { kind: 'target', target };
}

function findLockFile({ reader, host }: TakeGround, claimId: string): Found {
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

function ruleAgainst(wanted: ActionRequest, { claim, standsMs }: Target, nowMs: number): string | null {
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

function consequenceOf(wanted: ActionRequest, { claim, place, original }: Target): string {
  const name = quoteHostile(original);
  const holder = claim.holder.name === null || claim.holder.name === '' ? null : quoteHostile(claim.holder.name);
  if (place === 'ledger') {
    return wanted.action === 'reap'
      ? `${name} is taken away from ${holder ?? 'its holder'}, whose process has ended. Whoever waits for it can write again.`
      : `${name} is taken away from ${holder === null ? 'an unknown holder' : `the holder of ${holder}`}, who may be alive and is not told. Whoever waits for it can write again.`;
  }
  const node = quoteHostile(claim.resource);
  const whose =
    wanted.action === 'release'
      ? `as ${holder ?? 'its owner'} itself would remove it`
      : `from ${holder ?? 'its owner'}, who is not told`;
  return `locks/${name} is taken away, ${whose}. Node ${node} is then free for tools that look at lock files; the ledger has no claim on it and stays as it is.`;
}

function warningsOf({ claim, place }: Target): readonly string[] {
  if (place !== 'ledger' || claim.evidence.some((e) => e.kind === 'holder-gone')) return [];
  return [
    'A writer that is merely stopped does not look at its lock again when it wakes up: it can still write, over an event of somebody else, and remove the lock of the next holder. Be sure that it has ended.',
  ];
}

function releaseWarnings(outcome: 'released' | 'not-ours' | 'stuck', file: string): readonly string[] {
  switch (outcome) {
    case 'released':
      return [];
    case 'not-ours':
      return [
        `Somebody removed the lock of Lockscope while it stood in the place of ${quoteHostile(file)}: another tool removes live locks here.`,
      ];
    case 'stuck':
      return [`The lock of Lockscope in the place of ${quoteHostile(file)} could not be removed. Delete it by hand.`];
    default:
      return assertNever(outcome);
  }
}

/** For a system that has no safe step: what an operator would type, and what it risks. */
function byHand({ reader }: TakeGround, { place, original }: Target, why: string): readonly string[] {
  const path = join(reader.proofFolder, place, original);
  const [from, to] = [quoteForShell(path), quoteForShell(`${path}.taken-away`)];
  const cannot = `Lockscope takes a lock away only where it can be swapped in one step, and here it cannot: ${why}. Nothing was changed.`;
  if (from === null || to === null) return [cannot];
  return [cannot, `Once you are sure that its holder has ended, type: mv -n -- ${from} ${to}`];
}
