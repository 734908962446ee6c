import { createHost } from '../../../core/host/create-host';
import { ledgerProtocol } from '../../../core/ledger';

// Reads a proof once as another user, and tells what it read.

const [folder = '', uid = ''] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
const source = ledgerProtocol.open(folder, createHost());
const reading = await source.read({ signal: new AbortController().signal });
source.close();
process.send?.(reading);
process.disconnect();
