import { join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { PROTOCOLS } from '../../core/protocols';
import { createInspector } from '../../inspector';
import { readingThreadProgram } from '../../service/thread-program';
import type { Figures } from '../sample';

const MIB = 1 << 20;

/** The resident memory of a process with an inspector, in MiB: before and after it opened a ledger. */
export async function inspectorMemory(proof: string): Promise<Figures> {
  const inspector = createInspector({
    host: createHost({ readingThread: readingThreadProgram() }),
    protocols: PROTOCOLS,
    program: 'bench',
    readOnly: true,
    dataFolder: join(proof, 'data'),
    watch: true,
  });
  const before = process.memoryUsage.rss() / MIB;
  await inspector.open(proof);
  await inspector.settled();
  const after = process.memoryUsage.rss() / MIB;
  await inspector.dispose();
  return { before, after };
}
