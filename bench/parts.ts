import { join } from 'node:path';
import { fileLocks } from './file-lock-parts';
import { leaseReading } from './lease-parts';
import { makeLedger, trimLedger } from './ledger-files';
import { median } from './median';
import { type Bench, emptyFolder, LARGE, largeProof, medianOf, SMALL, smallProof } from './parts-base';
import { reopen } from './reopen';
import { inMicros, inMs, type Row } from './report';
import type { Figures } from './sample';
import { firstRow, pixel } from './window-parts';

const TWICE = 200_000;
const MILLION = 1_000_000;
const ROUNDS = 3;
const COLD_ROUNDS = 7;

/** The parts of the benchmark, by the names that the command line takes, in their order. */
export const PARTS: Readonly<Record<string, (bench: Bench) => AsyncIterable<Row>>> = {
  cold: coldOpen,
  reopen: (bench) => reopen(bench, largeProof(bench), LARGE),
  append,
  lock,
  lease,
  'lease-reading': leaseReading,
  'file-locks': fileLocks,
  notice,
  pixel,
  window: firstRow,
  memory,
  linear,
};

async function* coldOpen(bench: Bench): AsyncIterable<Row> {
  const proof = largeProof(bench);
  const floors: Figures[] = [];
  const loops: Figures[] = [];
  const ours: Figures[] = [];
  // Once unmeasured, so that none of them pays for the disk.
  await bench.reader.read(proof, LARGE);
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    floors.push(await bench.reader.read(proof, LARGE));
    ours.push(await bench.sample('cold-open', proof, LARGE));
    loops.push(await bench.sample('node-loop', proof, LARGE));
  }
  const ms = medianOf(ours, 'ms');
  const floor = medianOf(floors, 'ms');
  yield {
    what: 'cold open, 100,000 events',
    figure: inMs(ms),
    beside: `${bench.reader.name} ${inMs(floor)}`,
    ratio: ms / floor,
    target: { most: 2 },
  };
  const loop = medianOf(loops, 'ms');
  yield { what: '', figure: '', beside: `bare Node loop ${inMs(loop)}`, ratio: ms / loop, target: null };
  const cpu = medianOf(ours, 'cpuMs');
  const floorCpu = medianOf(floors, 'cpuMs');
  const loopCpu = medianOf(loops, 'cpuMs');
  yield {
    what: 'the same, time of the processor',
    figure: inMs(cpu),
    beside: `${bench.reader.name} ${inMs(floorCpu)}`,
    ratio: cpu / floorCpu,
    target: null,
  };
  yield { what: '', figure: '', beside: `bare Node loop ${inMs(loopCpu)}`, ratio: cpu / loopCpu, target: null };
  const longest = medianOf(ours, 'longestTaskMs');
  yield {
    what: 'longest task on its thread meanwhile',
    figure: inMs(longest),
    beside: '',
    ratio: longest,
    target: { most: 50 },
    unit: 'ms',
  };
}

async function* append(bench: Bench): AsyncIterable<Row> {
  const proof = largeProof(bench);
  const small: Figures[] = [];
  const large: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    small.push(await bench.sample('append', smallProof(bench), SMALL));
    large.push(await bench.sample('append', proof, LARGE));
    trimLedger(proof, LARGE);
  }
  const ms = medianOf(large, 'ms');
  const floor = medianOf(small, 'ms');
  yield {
    what: 'append at 100,000 events',
    figure: inMs(ms),
    beside: `at 100 events ${inMs(floor)}`,
    ratio: ms / floor,
    target: { most: 1.3 },
  };
}

async function* lock(bench: Bench): AsyncIterable<Row> {
  const samples: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await bench.sample('lock', smallProof(bench), SMALL));
  const ours = medianOf(samples, 'ours');
  const bare = medianOf(samples, 'bare');
  const durable = medianOf(samples, 'durable');
  yield {
    what: 'ledger.lock: take and release (rate)',
    figure: inMicros(ours),
    beside: `bare file loop ${inMicros(bare)}`,
    ratio: medianOf(samples, 'rate'),
    target: { least: 0.8 },
  };
  const beside = `the same, synced to disk ${inMicros(durable)}`;
  yield { what: '', figure: '', beside, ratio: durable / ours, target: null };
}

async function* lease(bench: Bench): AsyncIterable<Row> {
  const samples: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await bench.sample('lease', emptyFolder(bench), 0));
  const perSecond = (name: string): string => `${Math.round(1000 / medianOf(samples, name)).toLocaleString('en')}/s`;
  yield {
    what: 'task lease: claim and release (rate)',
    figure: perSecond('ours'),
    beside: `bare prepared UPDATEs ${perSecond('bare')}`,
    ratio: medianOf(samples, 'rate'),
    target: { least: 0.8 },
  };
}

async function* notice(bench: Bench): AsyncIterable<Row> {
  const proof = largeProof(bench);
  const kinds = ['notice-bare', 'notice-source', 'notice-inspector', 'notice-threads'] as const;
  const small = new Map<string, Figures[]>(kinds.map((kind) => [kind, []]));
  const large = new Map<string, Figures[]>(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of kinds) {
      small.get(kind)?.push(await bench.sample(kind, smallProof(bench), SMALL));
      large.get(kind)?.push(await bench.sample(kind, proof, LARGE));
      trimLedger(proof, LARGE);
    }
  }
  const p95 = (samples: ReadonlyMap<string, Figures[]>, kind: string) => medianOf(samples.get(kind) ?? [], 'p95');
  for (const [kind, who] of [
    ['notice-source', 'source'],
    ['notice-inspector', 'inspector'],
    ['notice-threads', 'inspector, source on a thread'],
  ] as const) {
    const [few, many] = [p95(small, kind), p95(large, kind)];
    const [bareFew, bareMany] = [p95(small, 'notice-bare'), p95(large, 'notice-bare')];
    // The targets are those of the whole way to the window (`pixel`); this is what the way is made of.
    const target = null;
    yield {
      what: `append → ${who}, p95, 100 events`,
      figure: inMs(few),
      beside: `bare fs.watch ${inMs(bareFew)}`,
      ratio: few / bareFew,
      target,
    };
    yield {
      what: `append → ${who}, p95, 100,000 events`,
      figure: inMs(many),
      beside: `bare fs.watch ${inMs(bareMany)}`,
      ratio: many / bareMany,
      target,
    };
    yield { what: '', figure: '', beside: `at 100 events ${inMs(few)}`, ratio: many / few, target };
  }
  const p50 = (kind: string) => medianOf(small.get(kind) ?? [], 'p50');
  const [direct, detour] = [p50('notice-inspector'), p50('notice-threads')];
  yield {
    what: 'the detour over a thread, p50, 100 events',
    figure: inMs(detour),
    beside: `inspector on its own thread ${inMs(direct)}`,
    ratio: detour - direct,
    target: { most: 1 },
    unit: 'ms',
  };
}

async function* memory(bench: Bench): AsyncIterable<Row> {
  yield memoryOf(await samplesOf(bench, 'memory', largeProof(bench), LARGE), LARGE, { most: 250 });
}

async function samplesOf(bench: Bench, name: string, proof: string, count: number): Promise<Figures[]> {
  const samples: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await bench.sample(name, proof, count));
  return samples;
}

function memoryOf(samples: readonly Figures[], count: number, target: Row['target']): Row {
  const after = medianOf(samples, 'after');
  return {
    what: `memory of an inspector, ${count.toLocaleString('en')} events`,
    figure: `${after.toFixed(0)} MiB`,
    beside: `with nothing open ${medianOf(samples, 'before').toFixed(0)} MiB`,
    ratio: after,
    target,
    unit: 'MiB',
  };
}

async function* linear(bench: Bench): AsyncIterable<Row> {
  const small = largeProof(bench);
  const many = bench.full ? MILLION : TWICE;
  const proof = join(bench.folder, 'larger');
  makeLedger(proof, many, { proof: small, count: LARGE });
  const few: Figures[] = [];
  const all: Figures[] = [];
  const floors: number[] = [];
  await bench.reader.read(proof, many);
  for (let round = 0; round < ROUNDS; round += 1) {
    few.push(await bench.sample('cold-open', small, LARGE));
    all.push(await bench.sample('cold-open', proof, many));
    floors.push((await bench.reader.read(proof, many)).ms / (await bench.reader.read(small, LARGE)).ms);
  }
  const each = (samples: readonly Figures[], count: number) => medianOf(samples, 'ms') / count;
  const [one, other] = [each(few, LARGE), each(all, many)];
  const factor = many / LARGE;
  yield {
    what: `cold open an event, ${many.toLocaleString('en')} events`,
    figure: `${(other * 1000).toFixed(1)} µs`,
    beside: `at 100,000 events ${(one * 1000).toFixed(1)} µs`,
    ratio: other / one,
    target: { most: 1.3 },
  };
  const floor = median(floors) / factor;
  yield { what: '', figure: '', beside: `the same of the ${bench.reader.name}`, ratio: floor, target: null };
  if (bench.full) yield memoryOf([await bench.sample('memory', proof, many)], many, null);
}
