import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The program of the thread that reads for a ledger, beside the bundle that runs. Undefined when this runs from its
 * sources: then there is no such program.
 */
export function readingThreadProgram(): string | undefined {
  return threadProgram('reading-thread.cjs');
}

/** The program of a thread that touches sources. Undefined when this runs from its sources. */
export function sourceThreadProgram(): string | undefined {
  return threadProgram('source-thread.cjs');
}

/** The program of a process that opens databases. Undefined when this runs from its sources. */
export function databaseProcessProgram(): string | undefined {
  return threadProgram('database-process.cjs');
}

function threadProgram(name: string): string | undefined {
  const here = fileURLToPath(import.meta.url);
  if (here.endsWith('.ts')) return undefined;
  const program = join(dirname(here), '..', 'threads', name);
  // A thread cannot be started from inside of an archive; what is needed for it lies beside.
  return program.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`);
}
