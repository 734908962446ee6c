import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import { ledgerProtocol } from '../../../core/ledger';
import { formatGoTime } from '../../../core/ledger/events/go-time';
import type { Reading } from '../../../core/port';
import { byNode, type CorpusLine, eventNumberIn, filesOf } from './living-ledger';

const AF = join(import.meta.dirname, '../../fixtures/af');

const lines = readFileSync(join(AF, 'corpus/verdicts.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as CorpusLine & { readonly meta: string });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockscope-corpus-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function readOnDisk(line: CorpusLine & { readonly meta: string }): Promise<Reading> {
  const proof = join(folder, line.name);
  mkdirSync(join(proof, 'ledger'), { recursive: true });
  writeFileSync(join(proof, 'meta.json'), line.meta);
  for (const [name, bytes] of filesOf(line)) writeFileSync(join(proof, 'ledger', name), bytes);
  const found = await ledgerProtocol.recognise(proof);
  if (found === null) throw new Error(`${line.name} is not recognised as a source: look at core/ledger/port.ts`);
  const source = ledgerProtocol.open(found, createHost());
  const reading = await source.read({ signal: new AbortController().signal });
  source.close();
  return reading;
}

describe('a source on disk says of each ledger of the corpus what the living program said', () => {
  it.each(lines.map((line) => [line.name, line] as const))('%s', async (_name, line) => {
    const reading = await readOnDisk(line);
    expect(reading.status.kind, JSON.stringify(reading.findings)).toBe(line.status_ok ? 'readable' : 'unreadable');
    const errors = reading.findings.filter((finding) => finding.severity === 'error');
    if (line.error === undefined) expect(errors).toEqual([]);
    else expect(errors[0]?.at).toBe(eventNumberIn(line.error));
    if (line.claims === undefined) return;
    const ours = reading.upserted.map((claim) => ({
      node: claim.resource,
      owner: claim.holder.name,
      expires: claim.lease.kind === 'none' ? '0001-01-01T00:00:00Z' : formatGoTime(claim.lease.expiresAt),
    }));
    expect(ours).toEqual(byNode(line.claims));
  });
});
