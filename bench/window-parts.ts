import { join } from 'node:path';
import { makeClaimedLedger, trimLedger } from './ledger-files';
import { type Bench, LARGE, largeProof, medianOf, SMALL, smallProof } from './parts-base';
import { inMs, type Row } from './report';
import type { Figures } from './sample';

const PIXEL_ROUNDS = 3;
const WINDOW_ROUNDS = 7;
const CLAIMS = 20;
/** The first two, and for each node the one that makes it and the one that claims it. */
const CLAIMED_EVENTS = 2 + 2 * CLAIMS;

function notMeasured(what: string, why: string): Row {
  return { what, figure: 'not measured', beside: why, ratio: null, target: null };
}

/** From an append by another process to the claim on the screen. */
export async function* pixel(bench: Bench): AsyncIterable<Row> {
  const what = 'append → pixel';
  if (bench.whyNoWindow !== null) {
    yield notMeasured(what, bench.whyNoWindow);
    return;
  }
  const proof = largeProof(bench);
  const [bare, few, many]: [Figures[], Figures[], Figures[]] = [[], [], []];
  for (let round = 0; round < PIXEL_ROUNDS; round += 1) {
    bare.push(await bench.sample('pixel-bare', smallProof(bench), SMALL));
    few.push(await bench.sample('pixel-lockscope', smallProof(bench), SMALL));
    many.push(await bench.sample('pixel-lockscope', proof, LARGE));
    trimLedger(proof, LARGE);
  }
  for (const share of ['p95', 'p50'] as const) {
    const [floor, small, large] = [bare, few, many].map((samples) => medianOf(samples, share));
    const isJudged = share === 'p95';
    yield row(`${what}, ${share}, 100 events`, small, 'bare watch → message → page', floor, isJudged ? 4 : null);
    yield row(`${what}, ${share}, 100,000 events`, large, 'at 100 events', small, isJudged ? 1.5 : null);
  }
}

/** From the start of the process to the first row of a proof on the screen. */
export async function* firstRow(bench: Bench): AsyncIterable<Row> {
  const what = 'start → first row of 20 claims on the screen';
  if (bench.whyNoWindow !== null) {
    yield notMeasured(what, bench.whyNoWindow);
    return;
  }
  const proof = join(bench.folder, 'claimed');
  makeClaimedLedger(proof, CLAIMS);
  const [empty, ours]: [Figures[], Figures[]] = [[], []];
  // Once unmeasured, so that none of them pays for the disk.
  await bench.sample('window-lockscope', proof, CLAIMED_EVENTS);
  for (let round = 0; round < WINDOW_ROUNDS; round += 1) {
    empty.push(await bench.sample('window-empty', proof, CLAIMED_EVENTS));
    ours.push(await bench.sample('window-lockscope', proof, CLAIMED_EVENTS));
  }
  yield row(what, medianOf(ours, 'ms'), 'empty window, first paint', medianOf(empty, 'ms'), 2);
}

function row(what: string, ms = Number.NaN, name: string, floorMs = Number.NaN, most: number | null): Row {
  return {
    what,
    figure: inMs(ms),
    beside: `${name} ${inMs(floorMs)}`,
    ratio: ms / floorMs,
    target: most === null ? null : { most },
  };
}
