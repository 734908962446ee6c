import { type Bench, medianOf } from './parts-base';
import { inMicros, inMs, type Row } from './report';
import type { Figures } from './sample';

const ROUNDS = 3;
const LOCKS = 1_000;

async function samplesOf(bench: Bench, name: string, count: number): Promise<Figures[]> {
  const samples: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await bench.sample(name, bench.folder, count));
  return samples;
}

/** Taking kernel locks, and reading those of others. */
export async function* fileLocks(bench: Bench): AsyncIterable<Row> {
  if (process.platform !== 'linux') {
    yield { what: 'file locks', figure: 'not on this system', beside: '', ratio: null, target: null };
    return;
  }
  const taking = await samplesOf(bench, 'file-lock', 0);
  yield {
    what: 'file lock (fcntl): lock and unlock (rate)',
    figure: inMicros(medianOf(taking, 'ours')),
    beside: `bare FFI loop ${inMicros(medianOf(taking, 'bare'))}`,
    ratio: medianOf(taking, 'rate'),
    target: { least: 0.5 },
  };
  yield {
    what: 'the same, tried without waiting (rate)',
    figure: '',
    beside: '',
    ratio: medianOf(taking, 'tryRate'),
    target: null,
  };
  const reading = await samplesOf(bench, 'kernel-locks', LOCKS);
  const first = medianOf(reading, 'first');
  yield {
    what: '/proc/locks joined, 1,000 locks of 10 processes',
    figure: inMs(first),
    beside: '',
    ratio: first,
    target: { most: 20 },
    unit: 'ms',
  };
  yield {
    what: '',
    figure: '',
    beside: `bare read of the same files ${inMs(medianOf(reading, 'floor'))}`,
    ratio: medianOf(reading, 'ratio'),
    target: null,
  };
  const cpu = medianOf(reading, 'cpu');
  const floorCpu = medianOf(reading, 'floorCpu');
  yield {
    what: 'the same, time of the processor',
    figure: inMs(cpu),
    beside: `bare read ${inMs(floorCpu)}`,
    ratio: cpu / floorCpu,
    target: null,
  };
  yield {
    what: 'the same, all of them once more',
    figure: inMs(medianOf(reading, 'again')),
    beside: `in a folder without locks ${inMs(medianOf(reading, 'quiet'))}`,
    ratio: null,
    target: null,
  };
  yield {
    what: 'a look every 100 ms while they are held',
    figure: inMs(medianOf(reading, 'steady')),
    beside: `${(medianOf(reading, 'steadyShare') * 100).toFixed(1)} % of a processor`,
    ratio: null,
    target: null,
  };
}
