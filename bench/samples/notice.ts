import { watch } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import type { ProtocolPort } from '../../core/port';
import { PROTOCOLS } from '../../core/protocols';
import { createInspector } from '../../inspector';
import { startSourceThreads } from '../../service/source-threads';
import { readingThreadProgram } from '../../service/thread-program';
import type { Figures } from '../sample';
import { delays, noteUpTo, sharedMs } from './outside';

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
export function noticeInspector(proof: string, count: number): Promise<Figures> {
  return noticedBy(PROTOCOLS, proof, count);
}

/** The same as in the desktop's main process and in the web host: its source lives on another thread. */
export async function noticeThreads(proof: string, count: number): Promise<Figures> {
  const threads = startSourceThreads(join(proof, 'data'));
  const figures = await noticedBy(threads.protocols, proof, count);
  await threads.end();
  return figures;
}

async function noticedBy(protocols: readonly ProtocolPort[], proof: string, count: number): Promise<Figures> {
  const inspector = createInspector({
    host: createHost({ readingThread: readingThreadProgram() }),
    protocols,
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
