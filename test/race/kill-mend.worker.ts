import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Place } from '../../core/host/file-steps';

// Mends the end of a proof, or undoes the mend, and kills itself right before the n-th call that touches a file, counted
// from the moment at which it takes the write lock.

const [proof = '', step = '', what = ''] = process.argv.slice(2);
const COUNTED = [
  'openSync',
  'writeFileSync',
  'fsyncSync',
  'closeSync',
  'linkSync',
  'unlinkSync',
  'lstatSync',
  'mkdirSync',
  'readdirSync',
  'utimesSync',
] as const;

let isReady = false;
let isArmed = false;
let count = 0;

/** Counts a step from the taking of the lock on, and dies right before the one that it is told. */
function beforeStep(name: string, to: string): void {
  isArmed ||= isReady && name.startsWith('link') && to.endsWith('ledger.lock');
  if (!isArmed) return;
  count += 1;
  if (count === Number(step)) process.kill(process.pid, 'SIGKILL');
}

for (const name of COUNTED) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Reflect.set(fs, name, (...args: unknown[]): unknown => {
    beforeStep(name, String(args[1]));
    return original(...args);
  });
}
syncBuiltinESMExports();

const { beforeEachStep } = await import('./steps');
await beforeEachStep('own', (name, args) => {
  beforeStep(name, name === 'link' ? (args[1] as Place).path : '');
});
const { createHost } = await import('../../core/host/create-host');
const { ledgerProtocol } = await import('../../core/ledger');
const host = createHost();
// So far ahead that no file is taken for half written.
const source = ledgerProtocol.open(proof, { ...host, clock: { nowMs: () => Date.now() + 60_000 } });
const { signal } = new AbortController();
const reading = await source.read({ signal });
let outcome: string;
if (what === 'mend') {
  const seen = reading.findings.find(({ mend }) => mend?.mend === 'trailing-events')?.mend?.seen ?? '';
  const planned = await source.plan({ action: 'mend', mend: 'trailing-events', seen });
  if (planned.kind !== 'planned') throw new Error(JSON.stringify(planned));
  isReady = true;
  outcome = (await source.commit(planned.plan, { reason: null, signal })).kind;
} else {
  const [undoable] = (await source.undoables?.()) ?? [];
  isReady = true;
  outcome = (await source.undo?.(undoable?.id ?? '', { signal }))?.kind ?? 'none';
}
isReady = false;
isArmed = false;
process.send?.({ outcome, count });
process.disconnect();
