import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventPath, outsideEvent } from '../ledger-files';
import { quantile } from '../median';
import type { Figures } from '../sample';

/** Even, so that the free node is free again at the end. */
const APPENDS = 160;
/** How long an appender waits between two, in ms: somebody who reads has time for each, or somebody who watches frames. */
export const PACES = { reading: 8, frames: 45 } as const;
export type Pace = keyof typeof PACES;
const SETTLE_MS = 300;

/** The clock that all processes of a machine share, in ms. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Appends as the living program does: written aside, renamed into place. Tells when each name appeared. */
export async function appendOutside(proof: string, count: number, pace: Pace): Promise<void> {
  for (let i = 1; i <= APPENDS; i += 1) {
    const sequence = count + i;
    const aside = join(proof, 'ledger', `.event-${sequence.toString()}.tmp`);
    writeFileSync(aside, outsideEvent(sequence));
    renameSync(aside, eventPath(proof, sequence));
    console.log(`${sequence.toString()} ${sharedMs().toString()}`);
    // Not in step with anything, a screen's frames least of all.
    await sleep(PACES[pace] + ((i * 7) % 5) * (PACES[pace] / 8));
  }
}

/** Starts the appender and waits for its last word. Gives when each event was appended. */
async function appended(proof: string, count: number, pace: Pace): Promise<ReadonlyMap<number, number>> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('This is no program.');
  const child = spawn(process.execPath, [script, 'append-outside', proof, count.toString(), pace], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const times = new Map<number, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [sequence, ms] = line.split(' ').map(Number);
    if (sequence !== undefined && ms !== undefined) times.set(sequence, ms);
  }
  return times;
}

/** How long each event took from its append by another process to the moment at which it was noticed. */
export async function delays(
  proof: string,
  count: number,
  noticed: ReadonlyMap<number, number>,
  pace: Pace = 'reading',
): Promise<Figures> {
  await sleep(SETTLE_MS);
  const times = await appended(proof, count, pace);
  for (let waitedMs = 0; noticed.size < APPENDS && waitedMs < 5_000; waitedMs += 50) await sleep(50);
  const all = [...times].map(([sequence, ms]) => Math.max(0, (noticed.get(sequence) ?? Number.NaN) - ms));
  if (all.length !== APPENDS || all.some(Number.isNaN))
    throw new Error(`Not every event was noticed: ${noticed.size} of ${times.size}.`);
  return { p50: quantile(all, 0.5), p95: quantile(all, 0.95) };
}

/** Notes that all events up to `head` are noticed now, or at `atMs` of the shared clock. */
export function noteUpTo(noticed: Map<number, number>, from: number, head: number, atMs = sharedMs()): void {
  for (let sequence = from + 1; sequence <= head; sequence += 1) noticed.set(sequence, atMs);
}
