import { closeSync, openSync, readSync } from 'node:fs';
import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import { readingThreadProgram } from '../../service/thread-program';
import { eventPath } from '../ledger-files';
import type { Figures } from '../sample';
import { watchTasks } from './watch-tasks';

/** The first reading of a source: all claims, transitions and findings of the ledger. */
export async function coldOpen(proof: string, count: number): Promise<Figures> {
  const source = ledgerProtocol.open(proof, createHost({ readingThread: readingThreadProgram() }));
  const longest = watchTasks();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const reading = await source.read({ signal: new AbortController().signal });
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const longestTaskMs = longest();
  if (reading.head !== count) throw new Error(`It read up to #${String(reading.head)} instead of #${count}.`);
  return { ms, cpuMs: (user + system) / 1000, longestTaskMs };
}

/** What a bare loop on Node needs to open and read the same files. */
export function nodeLoop(proof: string, count: number): Figures {
  const buffer = Buffer.allocUnsafe(1 << 20);
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const fd = openSync(eventPath(proof, sequence), 'r');
    readSync(fd, buffer);
    closeSync(fd);
  }
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}
