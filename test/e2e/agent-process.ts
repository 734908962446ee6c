import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createHost } from '../../core/host/create-host';
import { type LedgerAgent, openLedger } from '../../core/ledger';
import type { AgentAnswer, AgentCommand } from './agent';

// Another program at work on the same proofs: one command a line on stdin, one answer a line on stdout.
// It ends when its stdin ends.

const ledgers = new Map<string, LedgerAgent>();

function ledgerOf(proof: string): LedgerAgent {
  const known = ledgers.get(proof);
  if (known !== undefined) return known;
  const ledger = openLedger(proof, { host: createHost() });
  ledgers.set(proof, ledger);
  return ledger;
}

async function obey(command: AgentCommand): Promise<AgentAnswer> {
  const { proof } = command;
  const ledger = ledgerOf(proof);
  switch (command.verb) {
    case 'claim':
      return answer(await ledger.claim(command.node, command.owner, command.forMs));
    case 'extend':
      return answer(await ledger.extend(command.node, command.owner, command.forMs));
    case 'release':
      return answer(await ledger.release(command.node, command.owner));
    case 'reap':
      return answer(await ledger.reap(command.node));
    case 'append-blindly': {
      // As the living program's own reap does it: the next number, whatever it means by now.
      const { head } = await ledger.look();
      const file = `${(head + 1).toString().padStart(6, '0')}.json`;
      writeFileSync(path.join(proof, 'ledger', file), JSON.stringify(command.event), { flag: 'wx' });
      return { kind: 'written' };
    }
  }
}

function answer(outcome: AgentAnswer): AgentAnswer {
  return outcome;
}

for await (const line of createInterface({ input: process.stdin })) {
  const answered = await obey(JSON.parse(line) as AgentCommand).catch(
    (error: unknown): AgentAnswer => ({ kind: 'broken', error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}
