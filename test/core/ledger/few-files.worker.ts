import { closeSync, openSync } from 'node:fs';
import { createHost } from '../../../core/host/create-host';
import { errorCode } from '../../../core/host/errors';
import { ledgerProtocol } from '../../../core/ledger';
import type { Reading } from '../../../core/port';

// Reads a proof with only so many files that this process may still open, from none on, and once more when there are
// enough again. The command line names the proof and the most to leave free; what was read goes to stdout.

/** Two looks at one source: with few files, and with enough. */
export interface FewFiles {
  readonly free: number;
  readonly starved: Reading;
  readonly later: Reading;
}

const [folder = '', most = ''] = process.argv.slice(2);

/** Opens all that may be opened, but so many. Gives them. */
function useUp(free: number): readonly number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (errorCode(error) !== 'EMFILE') throw error;
  }
  for (const each of taken.splice(0, free)) closeSync(each);
  return taken;
}

const signal = new AbortController().signal;
const told: FewFiles[] = [];
for (let free = 0; free <= Number(most); free += 1) {
  const taken = useUp(free);
  const source = ledgerProtocol.open(folder, createHost());
  const starved = await source.read({ signal });
  for (const each of taken) closeSync(each);
  const later = await source.read({ signal });
  source.close();
  told.push({ free, starved, later });
}
process.stdout.write(JSON.stringify(told));
