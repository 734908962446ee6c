import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { fileExchange } from '../../host/exchange';
import { quoteForShell } from '../../host/shell-word';
import {
  type ActionResult,
  allEvidence,
  assertNever,
  type ClaimPlan,
  type ClaimRequest,
  type EndAction,
  judge,
  type PlanOutcome,
  quoteHostile,
  type SeenClaim,
} from '../../model';
import { nodeOfClaim } from '../node-claim';
import type { LedgerReader } from '../reading/ledger-reader';
import { headOf } from './head';
import { formatMark, LOCK_NAME, newMark } from './lock-content';
import { hiddenWarning } from './peers';
import { keptName, newKeptId, QUARANTINE } from './quarantine';
import { takeLock } from './take-lock';
import { findTarget, type TakeGround, type TakeWanted, type Target } from './take-target';

/** What taking a lock away would do. Writes nothing. */
export async function planTakeAway(
  ground: TakeGround,
  request: ClaimRequest<EndAction>,
  taken: readonly SeenClaim[],
): Promise<PlanOutcome> {
  const [one] = taken;
  if (one === undefined || request.claims.length > 1) return { kind: 'refused', reasons: notTogether(taken) };
  const wanted: TakeWanted = { ...one, action: request.action, actAs: request.actAs };
  const found = findTarget(ground, wanted, true);
  if (found.kind !== 'target') return found;
  const { target } = found;
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot') return { kind: 'refused', reasons: byHand(ground, target, loaded.reason) };
  const nowMs = ground.host.clock.nowMs();
  const { claim, place, original } = target;
  const evidence = allEvidence(claim, nowMs);
  const file = `${place}/${original}`;
  const verdict = judge(claim, evidence, nowMs);
  const plan: ClaimPlan<EndAction> = {
    id: randomUUID(),
    action: wanted.action,
    claims: [{ ...one, resource: claim.resource, holder: claim.holder.name, verdict, evidence: [] }],
    actAs: wanted.actAs,
    resource: claim.resource,
    holder: claim.holder.name,
    seen: wanted.seen,
    verdict,
    evidence,
    consequence: consequenceOf(wanted, target),
    writes: [],
    removes: [{ file, to: `${place}/${QUARANTINE}/${keptName(newKeptId(nowMs), original)}` }],
    undo: `Can be undone as long as nobody takes this lock: it is kept with its bytes, mode and times.`,
    warnings: warningsOf(ground, target),
    needs:
      wanted.action === 'force-release'
        ? { reason: true, confirmation: claim.resource }
        : { reason: false, confirmation: null },
  };
  return { kind: 'planned', plan };
}

/** Locks are taken away one by one: between two of them somebody could come. */
function notTogether(taken: readonly SeenClaim[]): readonly string[] {
  const names = taken.slice(0, 5).map(({ claimId }) => quoteHostile(nodeOfClaim(claimId) ?? LOCK_NAME));
  const more = taken.length > names.length ? ` and ${(taken.length - names.length).toString()} more` : '';
  return [
    `Only claims of the ledger are ended together. A lock file has to be taken away by itself: ${names.join(', ')}${more}. Nothing was written.`,
  ];
}

/** Does what such a plan says. The ledger must have been read just before. Never rejects. */
export async function commitTakeAway(
  ground: TakeGround,
  plan: ClaimPlan<EndAction>,
  options: { readonly reason: string | null; readonly signal: AbortSignal },
): Promise<ActionResult> {
  const { reader, host } = ground;
  const [one] = plan.claims;
  if (one === undefined) return { kind: 'failed', error: 'The plan takes nothing away.' };
  const wanted: TakeWanted = { ...one, action: plan.action, actAs: plan.actAs };
  const found = findTarget(ground, wanted, false);
  if (found.kind !== 'target') return found;
  const { target } = found;
  const { place, original, claim } = target;
  const [removal] = plan.removes ?? [];
  const id = /\/(\d{8}T\d{9}Z-[0-9a-f]{16})-[^/]*$/.exec(removal?.to ?? '')?.[1];
  if (removal === undefined || id === undefined) return { kind: 'failed', error: 'The plan takes nothing away.' };
  const mark = newMark(host.processes.self());
  let headBefore: number;
  try {
    headBefore = headOf(reader);
  } catch (error) {
    return { kind: 'refused', reasons: [`The ledger cannot be listed: ${describeError(error)}. Nothing was changed.`] };
  }
  const taken = await takeLock(
    {
      folder: join(reader.proofFolder, place),
      kept: {
        id,
        takenAt: new Date(host.clock.nowMs()).toISOString(),
        takenBy: formatMark(mark),
        why: { action: plan.action, claimId: one.claimId },
        resource: claim.resource,
        holder: claim.holder.name,
        seen: plan.seen,
        reason: options.reason,
        head: headBefore,
      },
      original,
      ours: target.ours(mark),
      check: () => {
        const still = findTarget(ground, wanted, false);
        if (still.kind !== 'target') return still;
        if (still.target.original === original) return null;
        return { kind: 'conflict', message: 'Another lock file claims this node now. Nothing was taken away.' };
      },
      lookUnderIt: () =>
        place === 'ledger' ? whatChanged(reader, headBefore) : whoseNode(reader, nodeOfClaim(one.claimId)),
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
  if (reader.fault === null && !reader.catchUp()) {
    return 'The ledger changed under the lock while it was being taken away.';
  }
  const head = headOf(reader);
  if (head === headBefore) return null;
  return `The ledger grew to #${head.toString()} while its lock was being taken away: somebody is at work on it.`;
}

/** What others write meanwhile does not matter to a lock file, as long as the ledger does not claim its node. */
function whoseNode(reader: LedgerReader, node: string | null): string | null {
  if (!reader.catchUp()) return 'The ledger cannot be read any more.';
  const held = node === null ? undefined : reader.replay.claim(node);
  if (held === undefined) return null;
  return `Node ${quoteHostile(held.node)} was claimed by ${quoteHostile(held.owner)} in the ledger meanwhile.`;
}

function consequenceOf(wanted: TakeWanted, { claim, place, original }: Target): string {
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

function warningsOf({ host }: TakeGround, { claim, place }: Target): readonly string[] {
  if (place !== 'ledger' || claim.evidence.some((e) => e.kind === 'holder-gone')) return [];
  return [
    ...hiddenWarning(host.processes),
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
