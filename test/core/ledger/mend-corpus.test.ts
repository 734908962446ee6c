import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import type { Host } from '../../../core/host/host';
import { livingName, parseEventName } from '../../../core/ledger/events/event-names';
import { LedgerSource } from '../../../core/ledger/ledger-source';
import { createLivingReplay } from '../../../core/ledger/replay/living-replay';
import type { MendOffer } from '../../../core/model';
import type { Reading } from '../../../core/port';
import { type CorpusLine, eventNumberIn, filesOf, readLiving } from './living-ledger';
import { NEVER } from './proof';

const AF = join(import.meta.dirname, '../../fixtures/af');

type Line = CorpusLine & { readonly meta: string };

const lines = readFileSync(join(AF, 'corpus/verdicts.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Line);

/** Files are never taken for half written: this clock is a minute ahead of them. */
function laterHost(): Host {
  const host = createHost();
  return { ...host, clock: { nowMs: () => Date.now() + 60_000 } };
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockscope-mend-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function proofOf(line: Line): string {
  const proof = join(folder, line.name);
  mkdirSync(join(proof, 'ledger'), { recursive: true });
  writeFileSync(join(proof, 'meta.json'), line.meta);
  for (const [name, bytes] of filesOf(line)) writeFileSync(join(proof, 'ledger', name), bytes);
  return proof;
}

function filesIn(proof: string): ReadonlyMap<string, Uint8Array> {
  const ledger = join(proof, 'ledger');
  const names = readdirSync(ledger, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(names.map(({ name }) => [name, readFileSync(join(ledger, name))] as const));
}

/** Bytes, mode and time of each, but for the order in which the folder tells them. */
function picture(proof: string): unknown {
  return [...filesIn(proof)]
    .map(([name, bytes]) => {
      const { mode, mtimeNs } = lstatSync(join(proof, 'ledger', name), { bigint: true });
      return [name, Buffer.from(bytes).toString('base64'), mode.toString(), mtimeNs.toString()];
    })
    .sort();
}

function offerIn(reading: Reading): MendOffer | null {
  return reading.findings.find(({ mend }) => mend?.mend === 'trailing-events')?.mend ?? null;
}

/** What the pure rules make of the part before the fault that the living program named. */
function claimsBefore(line: Line): readonly unknown[] {
  const at = eventNumberIn(line.error ?? '') ?? 0;
  const files = filesOf(line);
  const replay = createLivingReplay();
  const isExtra = !files.has(livingName(at)) || at === 0 || countOf(files, at) > 1;
  // A name that is merely too much hides nothing that comes after it.
  for (let sequence = 1; isExtra || sequence < at; sequence += 1) {
    const bytes = files.get(livingName(sequence));
    if (bytes === undefined || replay.apply(sequence, bytes).kind === 'refused') break;
  }
  return replay.claims().map(({ node, owner, expiresAt }) => [node, owner, expiresAt?.text ?? null]);
}

function countOf(files: ReadonlyMap<string, unknown>, sequence: number): number {
  return [...files.keys()].filter((name) => parseEventName(name)?.sequence === sequence).length;
}

/** Why a line cannot be mended, and which lines. */
const notOffered = new Map<string, string[]>();

describe('mends over the corpus', () => {
  it.each(lines.filter((line) => line.status_ok).map((line) => [line.name, line] as const))(
    '%s can be read: it is left alone',
    async (_name, line) => {
      const proof = proofOf(line);
      const before = picture(proof);
      const source = new LedgerSource(proof, laterHost());
      const reading = await source.read({ signal: NEVER });
      expect(reading.status.kind).toBe('readable');
      expect(reading.findings.filter(({ mend }) => mend !== undefined)).toEqual([]);
      expect(await source.plan({ action: 'mend', mend: 'trailing-events', seen: 'x' })).toEqual({
        kind: 'refused',
        reasons: ['Its own tools can read this proof: there is nothing to mend.'],
      });
      source.close();
      expect(picture(proof)).toEqual(before);
    },
  );

  it.each(lines.filter((line) => !line.status_ok).map((line) => [line.name, line] as const))(
    '%s cannot be read: where a mend is offered, it can be read after it, and undone it is as before',
    async (name, line) => {
      const proof = proofOf(line);
      const before = picture(proof);
      const source = new LedgerSource(proof, laterHost());
      const offer = offerIn(await source.read({ signal: NEVER }));
      const request = { action: 'mend', mend: 'trailing-events', seen: offer?.seen ?? '' } as const;
      const outcome = await source.plan(request);
      if (offer === null) {
        if (outcome.kind !== 'refused') throw new Error(JSON.stringify(outcome));
        const reason = outcome.reasons.join(' ');
        notOffered.set(reason, [...(notOffered.get(reason) ?? []), name]);
        expect(picture(proof)).toEqual(before);
        source.close();
        return;
      }
      if (outcome.kind !== 'planned' || outcome.plan.action !== 'mend') throw new Error(JSON.stringify(outcome));
      const { plan } = outcome;
      const result = await source.commit(plan, { reason: 'it has to be read', signal: NEVER });
      expect(result).toMatchObject({ kind: 'done', warnings: [] });
      if (result.kind !== 'done') return;

      // By the rules alone, and by a source that knows nothing yet.
      const verdict = readLiving(filesIn(proof));
      expect(verdict).toMatchObject({ readable: true });
      const claims = verdict.claims.map(({ node, owner, expiresAt }) => [node, owner, expiresAt?.text ?? null]);
      expect(claims).toEqual(claimsBefore(line));
      const other = new LedgerSource(proof, laterHost());
      const reading = await other.read({ signal: NEVER });
      other.close();
      expect(reading).toMatchObject({ status: { kind: 'readable' }, head: plan.after?.head });
      expect(reading.upserted.map((claim) => [claim.resource, claim.holder.name])).toEqual(
        plan.after?.claims.map(({ resource, holder }) => [resource, holder]),
      );
      // Its own source reads it so too, without being told to read all.
      expect(await source.read({ signal: NEVER })).toMatchObject({ status: { kind: 'readable' } });

      const [undoable] = await source.undoables();
      expect(undoable).toMatchObject({ action: 'mend', against: null, id: result.removed?.[0]?.undoId });
      expect(undoable?.files.map(({ file }) => file)).toEqual(plan.removes?.map(({ file }) => file));
      const undone = await source.undo(undoable?.id ?? '', { signal: NEVER });
      expect(undone).toMatchObject({ kind: 'done', warnings: [] });
      expect(picture(proof)).toEqual(before);
      expect(readdirSync(join(proof, 'ledger/.lockscope'))).toEqual([]);
      const again = await source.read({ signal: NEVER });
      expect(again.status.kind).toBe('unreadable');
      expect(await source.undoables()).toEqual([]);
      source.close();
    },
  );

  it('offers none only for these', () => {
    expect(Object.fromEntries(notOffered)).toEqual({
      'Not one good event would be left, and whether its own tools read an empty ledger is not known.': ['starts-at-2'],
    });
  });
});
