import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { LedgerAgent } from '../core/ledger';
import { between } from './between';
import { type Habit, restFactor } from './habits';
import { DEMO_NODE_IDS } from './proof';

const QUIET_MS = 60_000;

/** Lives as its habit says. Resolves when it dies by habit; rejects when the proof is gone. */
export async function runAgent(ledger: LedgerAgent, habit: Habit): Promise<void> {
  await wait(habit.firstRest);
  for (;;) {
    if (!existsSync(ledger.proofFolder)) throw new Error('The proof is gone.');
    const { head, claims } = await ledger.look();
    const owners = new Map(claims.map((claim) => [claim.node, claim.owner]));
    const node = pickFree(owners);
    const factor = restFactor(head);
    // What a former life of this agent left behind is its own to release.
    const left = [...owners].filter(([, owner]) => owner === habit.name);
    for (const [old] of left) await ledger.release(old, habit.name);
    if (factor === null) {
      await wait(QUIET_MS);
      continue;
    }
    if (node !== null && left.length === 0 && (await ledger.claim(node, habit.name, habit.lease)).kind === 'written') {
      if ((await work(ledger, habit, node)) === 'died') return;
    }
    await wait(between(habit.rest) * factor);
  }
}

async function work(ledger: LedgerAgent, habit: Habit, node: string): Promise<'done' | 'died'> {
  for (let i = 0; i < habit.extensions; i++) {
    await wait(between(habit.work));
    // An operator may have taken the node away: then there is nothing to extend, and nothing to release.
    if ((await ledger.extend(node, habit.name, habit.lease)).kind !== 'written') return 'done';
  }
  await wait(between(habit.work));
  if (habit.dies) return 'died';
  await ledger.release(node, habit.name);
  return 'done';
}

function pickFree(owners: ReadonlyMap<string, string>): string | null {
  const free = DEMO_NODE_IDS.filter((id) => !owners.has(id));
  return free[Math.floor(Math.random() * free.length)] ?? null;
}
