import { closeSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// Ends a claim as the living program's reap does: it decides, then waits for the lock, lists, and renames over the
// next number without looking at the claim again. Says when it has decided, and when it has written.

const [proof = '', node = ''] = process.argv.slice(2).filter((argument) => argument !== 'reap');
const ledger = join(proof, 'ledger');
const lock = join(ledger, 'ledger.lock');

function take(): boolean {
  try {
    const fd = openSync(lock, 'wx', 0o600);
    writeSync(fd, '{"agent_id":"append-operation","acquired_at":"2026-01-15T10:30:00.123456789+01:00"}\n');
    closeSync(fd);
    return true;
  } catch {
    return false;
  }
}

const poll = setInterval(() => {
  if (!take()) return;
  clearInterval(poll);
  const highest = Math.max(0, ...readdirSync(ledger).map((name) => Number.parseInt(name, 10) || 0));
  const temp = join(ledger, '.event-123456789.tmp');
  const event = { type: 'nodes_released', timestamp: new Date().toISOString(), node_ids: [node] };
  writeFileSync(temp, JSON.stringify(event));
  renameSync(temp, join(ledger, `${(highest + 1).toString().padStart(6, '0')}.json`));
  rmSync(lock);
  process.send?.('written');
  process.disconnect();
}, 10);
process.send?.('decided');
