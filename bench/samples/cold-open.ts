import { closeSync, openSync, readSync } from 'node:fs';
import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import { readingThreadProgram } from '../../service/thread-program';
import { eventPath } from '../ledger-files';
import type { Figures } from '../sample';
import { timedReading } from './timed-reading';

/** The first reading of a source: all claims, transitions and findings of the ledger. */
export function coldOpen(proof: string, count: number): Promise<Figures> {
  const source = ledgerProtocol.open(proof, createHost({ readingThread: readingThreadProgram() }));
  return timedReading(source, count);
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
