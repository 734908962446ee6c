import { type Bench, emptyFolder } from './parts-base';
import { inMs, type Row } from './report';

function inASecond(rate: number): string {
  return `${Math.round(rate).toLocaleString('en')}/s`;
}

/** What it costs those who write a database that somebody looks at it, and how soon that shows. */
export async function* leaseReading(bench: Bench): AsyncIterable<Row> {
  const figures = await bench.sample('lease-writers', emptyFolder(bench), 0);
  const {
    alone = 0,
    beside = 0,
    rate = 0,
    cpuRate = 0,
    readersCpuMs = 0,
    busyAlone = 0,
    busyBeside = 0,
    readings = 0,
  } = figures;
  yield {
    what: `8 writers of leases, ${readings.toFixed(0)} readings a second (rate)`,
    figure: inASecond(beside),
    beside: `nobody reads ${inASecond(alone)}`,
    ratio: rate,
    target: { least: 0.95 },
  };
  yield {
    what: 'writes in a second of their processor (rate)',
    figure: '',
    beside: 'nobody reads',
    ratio: cpuRate,
    target: null,
  };
  yield {
    what: 'inspector beside them, of a second of a processor',
    figure: inMs(readersCpuMs),
    beside: '',
    ratio: readersCpuMs,
    target: { most: 100 },
    unit: 'ms',
  };
  yield {
    what: 'writes given up as busy',
    figure: busyBeside.toString(),
    beside: `nobody reads ${busyAlone.toString()}`,
    ratio: null,
    target: null,
  };
  const { p50 = 0, p95 = 0 } = await bench.sample('lease-notice', emptyFolder(bench), 0);
  yield { what: 'lease written → inspector, p50', figure: inMs(p50), beside: '', ratio: null, target: null };
  yield {
    what: 'lease written → inspector, p95',
    figure: inMs(p95),
    beside: '',
    ratio: p95,
    target: { most: 100 },
    unit: 'ms',
  };
}
