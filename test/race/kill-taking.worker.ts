import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Takes the stale `ledger.lock` of a proof away (`take`) or puts back what was taken (`undo`), and kills itself right
// before the n-th step that changes anything on the disk, or in the middle of it if it writes (`half`).

const [proof = '', task = '', step = '', how = ''] = process.argv.slice(2);
const STEPS = [
  'mkdirSync',
  'writeFileSync',
  'fsyncSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'utimesSync',
] as const;

let isArmed = false;
let count = 0;
let last = '';

/** Counts a step; true when it is the one to die at. */
function isTheLast(name: string): boolean {
  if (!isArmed) return false;
  count += 1;
  last = name;
  return count === Number(step);
}

function die(): never {
  process.stdout.write(`${last}\n`);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('it lives on');
}

const { openSync, writeSync } = fs;
Reflect.set(fs, 'openSync', (...args: Parameters<typeof fs.openSync>) => {
  const [, flags] = args;
  const creates = flags === 'wx' || (typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0);
  if (creates && isTheLast('create') && how === 'before') die();
  return openSync(...args);
});
for (const name of STEPS) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Reflect.set(fs, name, (...args: unknown[]): unknown => {
    if (isTheLast(name)) {
      const [file, data] = args;
      if (how === 'half' && name === 'writeFileSync' && typeof file === 'number' && typeof data === 'string') {
        writeSync(file, data.slice(0, data.length / 2));
        die();
      }
      if (how === 'before') die();
    }
    return original(...args);
  });
}
syncBuiltinESMExports();

const { createHost } = await import('../../core/host/create-host');
const { fileExchange } = await import('../../core/host/exchange');
const { LedgerSource } = await import('../../core/ledger/ledger-source');
const loaded = await fileExchange();
if (loaded.kind === 'can') {
  for (const name of ['exchange', 'moveNew', 'tryLock'] as const) {
    const original: unknown = Reflect.get(loaded.files, name);
    if (typeof original !== 'function') throw new Error(`there is no ${name}`);
    Reflect.set(loaded.files, name, (...args: unknown[]): unknown => {
      if (isTheLast(name) && how === 'before') die();
      return Reflect.apply(original, loaded.files, args) as unknown;
    });
  }
}

const signal = new AbortController().signal;
const host = createHost();
// By this clock the lock has stood there for long.
const later = { ...host, clock: { nowMs: () => host.clock.nowMs() + 60_000 } };
const source = new LedgerSource(proof, later);
const { upserted } = await source.read({ signal, fresh: true });

async function take(): Promise<string> {
  const claim = upserted.find(({ kind }) => kind === 'write-lock');
  if (claim === undefined) return 'nothing there';
  const claims = [{ claimId: claim.id, seen: claim.seen }];
  const outcome = await source.plan({ action: 'force-release', claims, actAs: null });
  if (outcome.kind !== 'planned') return outcome.kind;
  isArmed = true;
  return (await source.commit(outcome.plan, { reason: 'kill', signal })).kind;
}

async function undo(): Promise<string> {
  const [first] = await source.undoables();
  if (first === undefined) return 'nothing there';
  isArmed = true;
  return (await source.undo(first.id, { signal })).kind;
}

const outcome = task === 'take' ? await take() : await undo();
isArmed = false;
process.stdout.write(`survived ${outcome}\n`);
source.close();
process.exit(0);
