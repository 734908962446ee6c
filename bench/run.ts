import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PARTS } from './parts';
import type { Bench } from './parts-base';
import { compileReader, runSample } from './programs';
import { MARKDOWN, TERMINAL } from './report';

// npm run bench: each figure beside its floor or peer from the same run. Figures are judged, never the exit code:
// a busy machine is no fault of the program.

const printer = process.argv.includes('--markdown') ? MARKDOWN : TERMINAL;
const full = process.argv.includes('--full');
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const ending = new AbortController();

async function main(folder: string): Promise<void> {
  const reader = await compileReader(folder, ending.signal);
  const bench: Bench = {
    folder,
    full,
    reader,
    whyNoWindow: process.env['LOCKSCOPE_BENCH_NO_WINDOW'] ?? null,
    sample: (name, proof, count) => runSample(name, proof, count, ending.signal),
  };
  printer.head(reader);
  for (const [name, part] of Object.entries(PARTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    for await (const row of part(bench)) printer.row(row);
    ending.signal.throwIfAborted();
  }
}

const unknown = only.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`Usage: npm run bench -- [--full] [--markdown] [${Object.keys(PARTS).join('|')}]…`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    ending.abort();
  });
}
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'lockscope-bench-'));
void main(folder)
  .catch((error: unknown) => {
    if (!ending.signal.aborted) console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    rmSync(folder, { recursive: true, force: true });
  });
