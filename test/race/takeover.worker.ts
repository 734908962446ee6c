import { createHost } from '../../core/host/create-host';
import { LedgerSource } from '../../core/ledger/ledger-source';
import type { Plan } from '../../core/model';

// Plans to take `ledger.lock` away when it is told to look, and does it when it is told to go.

const host = createHost();
// By this clock every lock is old enough to be taken, also one that was taken this instant: only `seen` protects it.
const later = {
  clock: { nowMs: () => host.clock.nowMs() + 60_000 },
  // What else runs here is evidence for an operator, and takes long to find out.
  processes: { ...host.processes, near: () => [], hidden: () => [] },
};
const NEVER = new AbortController().signal;

let source: LedgerSource | null = null;
let plan: Plan | null = null;

async function look(proof: string): Promise<string> {
  source ??= new LedgerSource(proof, later);
  const { upserted } = await source.read({ signal: NEVER, fresh: true });
  const claim = upserted.find(({ kind }) => kind === 'write-lock');
  if (claim === undefined) return 'nothing there';
  const outcome = await source.plan({
    action: 'force-release',
    claims: [{ claimId: claim.id, seen: claim.seen }],
    actAs: null,
  });
  plan = outcome.kind === 'planned' ? outcome.plan : null;
  return outcome.kind;
}

async function go(): Promise<object> {
  if (source === null || plan === null) return { kind: 'nothing planned' };
  return source.commit(plan, { reason: 'race', signal: NEVER });
}

process.on('message', (task: { look?: string }) => {
  void (task.look === undefined ? go() : look(task.look)).then((answer) => process.send?.(answer));
});
process.send?.('ready');
