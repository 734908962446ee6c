import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

// A busy program: takes and gives back the nodes of a proof in turn, as many events as it is told within about the ms
// that it is told, each as `af` writes it: a temp file beside, renamed. The command line: proof, first number, how
// many, ms, nodes (comma separated). It ends when all are written.

const [proof = '', first = '', count = '', ms = '', nodes = ''] = process.argv.slice(2);
const ids = nodes.split(',');
const ledger = path.join(proof, 'ledger');
const startedMs = performance.now();

for (let written = 0; written < Number(count); written += 1) {
  const node = ids[Math.floor(written / 2) % ids.length] ?? '';
  const timestamp = new Date().toISOString();
  const event =
    written % 2 === 0
      ? {
          type: 'nodes_claimed',
          timestamp,
          node_ids: [node],
          owner: `burst-${written.toString()}`,
          timeout: inAnHour(),
        }
      : { type: 'nodes_released', timestamp, node_ids: [node] };
  const temp = path.join(ledger, `.event-${written.toString()}.tmp`);
  writeFileSync(temp, JSON.stringify(event));
  renameSync(temp, path.join(ledger, `${(Number(first) + written).toString().padStart(6, '0')}.json`));
  const earlyMs = startedMs + ((written + 1) * Number(ms)) / Number(count) - performance.now();
  if (earlyMs > 5) await new Promise((resolve) => setTimeout(resolve, earlyMs));
}
process.stdout.write(`${Math.round(performance.now() - startedMs).toString()}\n`);

function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}
