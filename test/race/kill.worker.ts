import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Claims node 1 and kills itself right before the n-th call that touches a file, or in the middle of it if it writes.

const [proof = '', step = '', how = '', way = ''] = process.argv.slice(2);
const COUNTED = [
  'openSync',
  'writeFileSync',
  'writeSync',
  'fchmodSync',
  'fsyncSync',
  'closeSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
] as const;

let isArmed = false;
let count = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('it lives on');
}

/** Writes half of it, then dies. */
function writeHalf(args: readonly unknown[]): void {
  const [file, data] = args;
  if (typeof data !== 'string') throw new Error('a write of an unknown form');
  isArmed = false;
  const fd = typeof file === 'string' ? fs.openSync(file, 'wx', 0o600) : file;
  if (typeof fd !== 'number') throw new Error('a write of an unknown form');
  fs.writeSync(fd, data.slice(0, data.length / 2));
}

/** Counts a step, and dies right before it, or in the middle of it. */
function beforeStep(name: string, args: readonly unknown[]): void {
  if (!isArmed) return;
  count += 1;
  if (count !== Number(step)) return;
  const writes = name.startsWith('write');
  if (how === 'half' && writes) writeHalf(args);
  if (how === 'before' || writes) die();
}

for (const name of COUNTED) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Reflect.set(fs, name, (...args: unknown[]): unknown => {
    beforeStep(name, args);
    return original(...args);
  });
}
syncBuiltinESMExports();

const { beforeEachStep } = await import('./steps');
const steps = await beforeEachStep(way === 'node' ? 'node' : 'own', beforeStep);
const { createHost } = await import('../../core/host/create-host');
const { openLedger } = await import('../../core/ledger');
const ledger = openLedger(proof, { host: createHost() });
await ledger.look();
isArmed = true;
const outcome = await ledger.claim('1', 'ada', 60_000);
isArmed = false;
process.send?.({ outcome: outcome.kind, count, steps });
process.disconnect();
