import { createHost } from '../../core/host/create-host';
import { openLedger } from '../../core/ledger';
import { memosOfTest } from './test-memos';

// Appends events of its own by compare-and-swap, trying again whenever somebody else was first.

export interface AppendTask {
  readonly proof: string;
  /** The type of its events. */
  readonly type: string;
  readonly who: string;
  readonly count: number;
}

export interface AppendAnswer {
  /** `expected`: the last number that the process knew of when it asked for the append. */
  readonly written: readonly { readonly file: string; readonly content: string; readonly expected: number }[];
  readonly conflicts: number;
}

process.on('message', (task: AppendTask) => {
  void append(task).then((answer) => process.send?.(answer));
});
process.send?.('ready');

async function append({ proof, type, who, count }: AppendTask): Promise<AppendAnswer> {
  const ledger = openLedger(proof, { host: createHost(memosOfTest()) });
  const written: { file: string; content: string; expected: number }[] = [];
  let conflicts = 0;
  let { head } = await ledger.look();
  for (let number = 0; number < count; number += 1) {
    const content = JSON.stringify({
      type,
      timestamp: new Date().toISOString(),
      node_id: '1',
      new_taint: 'clean',
      who,
      number,
    });
    for (;;) {
      const outcome = await ledger.appendIfSequence(content, head);
      if (outcome.kind === 'written') {
        written.push({ file: outcome.file, content, expected: head });
        head = outcome.sequence;
        break;
      }
      if (outcome.kind !== 'conflict') throw new Error(JSON.stringify(outcome));
      conflicts += 1;
      ({ head } = await ledger.look());
    }
  }
  return { written, conflicts };
}
