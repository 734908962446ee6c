import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import type { ActionResult, PlanOutcome } from '../../core/model';
import type { Source } from '../../core/port';

// An operator's program that lives on: it looks, plans a reap of several claims and commits, each when it is told.

export type BatchTask =
  | { readonly kind: 'plan'; readonly proof: string; readonly nodes: readonly string[] }
  | { readonly kind: 'commit' };

const signal = new AbortController().signal;
let source: Source | null = null;
let outcome: PlanOutcome | null = null;

process.on('message', (task: BatchTask) => {
  void (task.kind === 'plan' ? plan(task.proof, task.nodes) : commit()).then((answer) => process.send?.(answer));
});
process.send?.('ready');

async function plan(proof: string, nodes: readonly string[]): Promise<string> {
  // Another source each time: every claim is told anew.
  source?.close();
  source = ledgerProtocol.open(proof, createHost());
  const { upserted } = await source.read({ signal });
  const claims = upserted
    .filter(({ resource }) => nodes.includes(resource))
    .map(({ id, seen }) => ({ claimId: id, seen }));
  if (claims.length !== nodes.length) throw new Error('not all of them are claimed');
  outcome = await source.plan({ action: 'reap', claims, actAs: null });
  return outcome.kind;
}

function commit(): Promise<ActionResult> {
  if (source === null || outcome?.kind !== 'planned') throw new Error('there is no plan');
  return source.commit(outcome.plan, { reason: null, signal });
}
