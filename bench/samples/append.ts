import { createHost } from '../../core/host/create-host';
import { openLedger, type WriteOutcome } from '../../core/ledger';
import { FREE_NODE } from '../ledger-files';
import { median } from '../median';
import type { Figures } from '../sample';

const WARM_UP = 20;
const APPENDS = 80;

/** One append as an agent does it: written aside, decided and published under the ledger's lock, durable. */
export async function measureAppend(proof: string): Promise<Figures> {
  const agent = openLedger(proof, { host: createHost() });
  await agent.look();
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + APPENDS; i += 1) {
    const startedMs = performance.now();
    const outcome: WriteOutcome =
      i % 2 === 0 ? await agent.claim(FREE_NODE, 'bench') : await agent.release(FREE_NODE, 'bench');
    if (outcome.kind !== 'written') throw new Error(`An append was not written: ${JSON.stringify(outcome)}`);
    if (i >= WARM_UP) times.push(performance.now() - startedMs);
  }
  return { ms: median(times) };
}
