import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import { PROTOCOLS } from '../../core/protocols';
import { createInspector } from '../../inspector';
import { readingThreadProgram } from '../../service/thread-program';
import { eventPath, outsideEvent } from '../ledger-files';
import { quantile } from '../median';
import type { Figures } from '../sample';

/** Even, so that the free node is free again at the end. */
const APPENDS = 150;
const APART_MS = 8;
const SETTLE_MS = 300;

/** The clock that all processes of a machine share, in ms. */
function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Appends as the living program does: written aside, renamed into place. Tells when each name appeared. */
export async function appendOutside(proof: string, count: number): Promise<void> {
  for (let i = 1; i <= APPENDS; i += 1) {
    const sequence = count + i;
    const aside = join(proof, 'ledger', `.event-${sequence.toString()}.tmp`);
    writeFileSync(aside, outsideEvent(i));
    renameSync(aside, eventPath(proof, sequence));
    console.log(`${sequence.toString()} ${sharedMs().toString()}`);
    // Not in step with anything.
    await sleep(APART_MS + (i % 5));
  }
}

/** Starts the appender and waits for its last word. Gives when each event was appended. */
async function appended(proof: string, count: number): Promise<ReadonlyMap<number, number>> {
  const [node, script] = process.argv;
  if (node === undefined || script === undefined) throw new Error('This is no program.');
  const child: ChildProcess = spawn(node, [script, 'append-outside', proof, count.toString()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('The appender has no output.');
  const times = new Map<number, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [sequence, ms] = line.split(' ').map(Number);
    if (sequence !== undefined && ms !== undefined) times.set(sequence, ms);
  }
  return times;
}

/** How long each event took from its append to the moment at which it was noticed. */
async function delays(proof: string, count: number, noticed: ReadonlyMap<number, number>): Promise<Figures> {
  await sleep(SETTLE_MS);
  const times = await appended(proof, count);
  for (let waitedMs = 0; noticed.size < APPENDS && waitedMs < 5_000; waitedMs += 50) await sleep(50);
  const all = [...times].map(([sequence, ms]) => Math.max(0, (noticed.get(sequence) ?? Number.NaN) - ms));
  if (all.length !== APPENDS || all.some(Number.isNaN)) throw new Error('Not every event was noticed.');
  return { p50: quantile(all, 0.5), p95: quantile(all, 0.95) };
}

/** A bare `fs.watch`. */
export async function noticeBare(proof: string, count: number): Promise<Figures> {
  const noticed = new Map<number, number>();
  const watcher = watch(join(proof, 'ledger'), (_event, name) => {
    if (name === null || !/^[0-9]+\.json$/.test(name)) return;
    const sequence = Number.parseInt(name, 10);
    if (!noticed.has(sequence)) noticed.set(sequence, sharedMs());
  });
  const figures = await delays(proof, count, noticed);
  watcher.close();
  return figures;
}

function noteUpTo(noticed: Map<number, number>, from: number, head: number): void {
  const nowMs = sharedMs();
  for (let sequence = from + 1; sequence <= head; sequence += 1) noticed.set(sequence, nowMs);
}

/** A source that reads at each hint, one reading at a time. */
export async function noticeSource(proof: string, count: number): Promise<Figures> {
  const source = ledgerProtocol.open(proof, createHost({ readingThread: readingThreadProgram() }));
  const { signal } = new AbortController();
  const noticed = new Map<number, number>();
  let head = count;
  let isHinted = false;
  let isReading = false;
  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    while (isHinted) {
      isHinted = false;
      const reading = await source.read({ signal });
      noteUpTo(noticed, head, reading.head ?? 0);
      head = reading.head ?? head;
    }
    isReading = false;
  };
  const unwatch = source.watch(() => {
    isHinted = true;
    void read();
  });
  isHinted = true;
  await read();
  const figures = await delays(proof, count, noticed);
  unwatch();
  source.close();
  return figures;
}

/** An inspector, which gathers hints for a few ms before it reads, up to the changes that it sends a window. */
export async function noticeInspector(proof: string, count: number): Promise<Figures> {
  const inspector = createInspector({
    host: createHost({ readingThread: readingThreadProgram() }),
    protocols: PROTOCOLS,
    program: 'bench',
    readOnly: true,
    dataFolder: join(proof, 'data'),
    watch: true,
  });
  await inspector.open(proof);
  await inspector.settled();
  const noticed = new Map<number, number>();
  let known = count;
  const stop = inspector.onChanges(() => {
    const head = inspector.snapshot().sources[0]?.head ?? known;
    noteUpTo(noticed, known, head);
    known = head;
  });
  const figures = await delays(proof, count, noticed);
  stop();
  await inspector.dispose();
  return figures;
}
