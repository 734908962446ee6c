import { createHost } from '../../../core/host/create-host';
import { ledgerProtocol } from '../../../core/ledger';

// Reads a proof once as another user, and tells what it read.

const [folder = '', uid = ''] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
// None is ever started for so short a ledger; whether one is worth it is asked all the same.
const host = { ...createHost(), readingThread: `${folder}/no-such-program` };
const source = ledgerProtocol.open(folder, host);
const reading = await source.read({ signal: new AbortController().signal });
source.close();
process.send?.(reading);
process.disconnect();
