import { setTimeout as wait } from 'node:timers/promises';
import { MEMO_DEFAULTS } from '../core/host/memos';
import { median } from './median';
import type { Bench } from './parts-base';
import { inMs, type Row } from './report';
import type { Figures } from './sample';

const ROUNDS = 7;

/** Opening a ledger that was opened before, beside opening it as if it never was. */
export async function* reopen(bench: Bench, proof: string, count: number): AsyncIterable<Row> {
  // What was written a moment ago is not kept yet.
  await wait(2 * MEMO_DEFAULTS.settledMs);
  const kept = await bench.sample('keep', proof, count);
  const cold: Figures[] = [];
  const again: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    cold.push(await bench.sample('cold-open', proof, count));
    again.push(await bench.sample('reopen', proof, count));
  }
  const of = (samples: readonly Figures[], name: string): number =>
    median(samples.map((figures) => figures[name] ?? Number.NaN));
  for (const [what, name, target] of [
    ['re-open, unchanged, 100,000 events', 'ms', { most: 0.35 }],
    ['the same, time of the processor', 'cpuMs', null],
  ] as const) {
    const [ours, floor] = [of(again, name), of(cold, name)];
    yield { what, figure: inMs(ours), beside: `cold open ${inMs(floor)}`, ratio: ours / floor, target };
  }
  const longest = Math.max(of(again, 'longestTaskMs'), kept['longestTaskMs'] ?? Number.NaN);
  yield {
    what: 'longest task on its thread, also while it is kept',
    figure: inMs(longest),
    beside: `keeping it took ${inMs(kept['ms'] ?? Number.NaN)}`,
    ratio: longest,
    target: { most: 50 },
    unit: 'ms',
  };
}
