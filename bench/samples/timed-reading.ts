import type { Source } from '../../core/port';
import type { Figures } from '../sample';
import { watchTasks } from './watch-tasks';

/** The first reading of a source up to event `count`: its time, that of the processor, and its longest task, in ms. */
export async function timedReading(source: Source, count: number): Promise<Figures> {
  const longest = watchTasks();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const reading = await source.read({ signal: new AbortController().signal });
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const longestTaskMs = longest();
  if (reading.head !== count) throw new Error(`It read up to #${String(reading.head)} instead of #${String(count)}.`);
  return { ms, cpuMs: (user + system) / 1000, longestTaskMs };
}
