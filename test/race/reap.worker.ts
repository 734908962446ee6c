import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import type { ActionResult, PlanOutcome } from '../../core/model';
import type { Source } from '../../core/port';
import { memosOfTest } from './test-memos';

// An operator's program that lives on: it looks, plans and commits as the inspector does, each when it is told.

export type ReapTask =
  | { readonly kind: 'plan'; readonly proof: string; readonly claimId: string }
  | { readonly kind: 'commit' };

const signal = new AbortController().signal;
let source: Source | null = null;
let outcome: PlanOutcome | null = null;

process.on('message', (task: ReapTask) => {
  void (task.kind === 'plan' ? plan(task.proof, task.claimId) : commit()).then((answer) => process.send?.(answer));
});
process.send?.('ready');

async function plan(proof: string, claimId: string): Promise<string> {
  source ??= ledgerProtocol.open(proof, createHost(memosOfTest()));
  const reading = await source.read({ signal });
  const claim = reading.upserted.find(({ id }) => id === claimId);
  if (claim === undefined) throw new Error(`${claimId} is not among what was read`);
  outcome = await source.plan({ action: 'reap', claims: [{ claimId, seen: claim.seen }], actAs: null });
  return outcome.kind;
}

function commit(): Promise<ActionResult> {
  if (source === null || outcome?.kind !== 'planned') throw new Error('there is no plan');
  return source.commit(outcome.plan, { reason: null, signal });
}
