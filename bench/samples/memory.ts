import { join } from 'node:path';
import { createHost } from '../../core/host/create-host';
import { createInspector } from '../../inspector';
import { startSourceThreads } from '../../service/source-threads';
import type { Figures } from '../sample';

const MIB = 1 << 20;

/**
 * The resident memory of a process with an inspector, in MiB: before and after it opened a ledger. As the desktop has it,
 * with the source on a thread of its own, which keeps what it read.
 */
export async function inspectorMemory(proof: string): Promise<Figures> {
  const dataFolder = join(proof, 'data');
  const threads = startSourceThreads(dataFolder);
  const inspector = createInspector({
    host: createHost(),
    protocols: threads.protocols,
    discover: threads.discover,
    program: 'bench',
    readOnly: true,
    dataFolder,
    watch: true,
  });
  const before = process.memoryUsage.rss() / MIB;
  await inspector.open(proof);
  await inspector.settled();
  const after = process.memoryUsage.rss() / MIB;
  await inspector.dispose();
  await threads.end();
  return { before, after };
}
