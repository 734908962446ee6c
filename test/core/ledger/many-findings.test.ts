import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventName } from '../../../core/ledger/events/event-names';
import { TempFiles } from '../../../core/ledger/reading/temp-files';
import { sourceRow } from '../../../inspector/snapshot';
import { allKnownBy, memosIn, openKept, settled } from './kept';
import { makeProof, NEVER, releaseEvent, sourceOf, tempFolder } from './proof';

it('of very many findings about events a thousand are told, and how many more there are', async () => {
  const proof = makeProof('seed');
  for (let i = 2; i <= 2_501; i += 1) {
    writeFileSync(join(proof.ledger, eventName(i, 'seed')), releaseEvent('seed', '1', 'ada'));
  }
  const memos = memosIn(tempFolder());
  await settled();
  const opened = await openKept(proof, memos);
  expect(opened.reader.findings).toHaveLength(1_000);
  expect(opened.reader.moreFindings).toBe(1_500);
  await opened.close();
  // Kept, and gone on with.
  writeFileSync(join(proof.ledger, eventName(2_502, 'seed')), releaseEvent('seed', '1', 'ada'));
  const again = await openKept(proof, memos);
  expect(again.recalledTo).toBe(2_501);
  expect(again.reader.moreFindings).toBe(1_501);
  const cold = await openKept(proof, memosIn(tempFolder()));
  expect(allKnownBy(again.reader)).toEqual(allKnownBy(cold.reader));

  const source = sourceOf(proof);
  const { findings, moreFindings } = await source.read({ signal: NEVER });
  expect([findings.length, moreFindings]).toEqual([1_000, 1_501]);
  const row = sourceRow({
    id: 's',
    description: source.description,
    status: { kind: 'readable' },
    note: null,
    head: 1,
    held: 0,
    stale: 0,
    findings,
    moreFindings: moreFindings ?? 0,
    readAtMs: null,
    watch: 'off',
    rereading: null,
  });
  expect(row.findings).toHaveLength(501);
  expect(row.findings[500]?.message).toBe('There are 2001 more findings that are not listed here.');
});

it('of very many temp files a thousand are looked at, and how many more there are is told', async () => {
  const proof = makeProof('living');
  const names = Array.from({ length: 1_200 }, (_, i) => `.event-${i.toString()}.tmp`);
  for (const name of names) writeFileSync(join(proof.ledger, name), '');
  const files = new TempFiles(proof.ledger);
  files.listed(names.map((name) => ({ name })));
  expect([files.all.length, files.more]).toEqual([1_000, 200]);
  files.noticed(['.event-1100.tmp']);
  expect(files.all).toHaveLength(1_000);
  const { findings } = await sourceOf(proof).read({ signal: NEVER });
  expect(findings).toEqual([
    expect.objectContaining({
      code: 'temp-file-left',
      message: 'There are 200 more temp files in the ledger folder, of which only the first were looked at.',
    }),
  ]);
});
