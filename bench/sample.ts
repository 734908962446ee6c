import { measureAppend } from './samples/append';
import { coldOpen, nodeLoop } from './samples/cold-open';
import { measureFileLock } from './samples/file-lock';
import { holdLocks, measureKernelLocks } from './samples/kernel-locks';
import { measureLease } from './samples/lease';
import { leaseNotice, leaseWriters, writeLeases } from './samples/lease-writers';
import { measureLock } from './samples/lock';
import { inspectorMemory } from './samples/memory';
import { noticeBare, noticeInspector, noticeSource, noticeThreads } from './samples/notice';
import { appendOutside, PACES, type Pace } from './samples/outside';
import { keepReading, reopen } from './samples/reopen';
import { pixelBare, pixelLockscope, windowEmpty, windowLockscope } from './samples/window';

/** What a sample measured, by name; times in ms. */
export type Figures = Readonly<Record<string, number>>;

// One sample, in a process of its own: SAMPLE FOLDER COUNT. Prints its figures as one line of JSON.

const SAMPLES: Readonly<Record<string, (proof: string, count: number) => Figures | Promise<Figures>>> = {
  append: measureAppend,
  'cold-open': coldOpen,
  lease: measureLease,
  'lease-notice': leaseNotice,
  'lease-writers': leaseWriters,
  'file-lock': measureFileLock,
  'kernel-locks': measureKernelLocks,
  lock: measureLock,
  memory: inspectorMemory,
  keep: keepReading,
  'node-loop': nodeLoop,
  'notice-bare': noticeBare,
  'notice-inspector': noticeInspector,
  'notice-source': noticeSource,
  'notice-threads': noticeThreads,
  'pixel-bare': pixelBare,
  'pixel-lockscope': pixelLockscope,
  'window-empty': windowEmpty,
  'window-lockscope': windowLockscope,
  reopen,
};

async function main(): Promise<void> {
  const [name = '', proof = '', count = '0', pace = 'reading'] = process.argv.slice(2);
  if (name === 'hold-locks') return holdLocks(proof, Number(count));
  if (name === 'append-outside') return appendOutside(proof, Number(count), isPace(pace) ? pace : 'reading');
  if (name === 'write-leases') return writeLeases(proof, Number(count));
  const sample = SAMPLES[name];
  if (sample === undefined) throw new Error(`There is no sample "${name}".`);
  console.log(JSON.stringify(await sample(proof, Number(count))));
}

function isPace(word: string): word is Pace {
  return Object.hasOwn(PACES, word);
}

void main().then(
  // Watchers may still hang on.
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
