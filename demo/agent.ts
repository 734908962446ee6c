import { createHost } from '../core/host/create-host';
import { openLedger } from '../core/ledger';
import { runAgent } from './agent-life';
import { DIED, habitOf } from './habits';

// One agent: `agent PROOF NAME`, with stdin a pipe of the demo that started it.
const [proof, name = ''] = process.argv.slice(2);
const habit = habitOf(name);

// The demo is gone or wants us gone. A write is one uninterrupted step, so this leaves nothing half done.
process.stdin.on('close', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdin.resume();
// Ctrl+C reaches everything in a terminal: the demo decides when its agents end.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

if (proof === undefined || habit === undefined) process.exit(2);
runAgent(openLedger(proof, { host: createHost() }), habit).then(
  () => process.exit(DIED),
  () => process.exit(1),
);
