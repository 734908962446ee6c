import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventName } from '../../../core/ledger/events/event-names';
import type { Dialect } from '../../../core/ledger/replay/replay';
import { LATER, nodeCreated, nodesClaimed, nodesReleased, T0 } from './events';
import { allKnownBy, allKnownCold, memosIn, openKept, settled } from './kept';
import { type CorpusLine, filesOf } from './living-ledger';

const AF = join(import.meta.dirname, '../../fixtures/af');

const lines = readFileSync(join(AF, 'corpus/verdicts.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as CorpusLine);

let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockscope-kept-')));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function newProof(name: string): { readonly folder: string; readonly ledger: string } {
  const proof = join(folder, name);
  const ledger = join(proof, 'ledger');
  mkdirSync(ledger, { recursive: true });
  return { folder: proof, ledger };
}

describe('a ledger of the corpus reads the same with what was kept of any beginning of it', () => {
  it.concurrent.each(lines.map((line, i) => [line.name, line, i] as const))('%s', async (_name, line, i) => {
    const memos = memosIn(join(folder, `memos-${i.toString()}`));
    const proof = newProof(`corpus-${i.toString()}`);
    const files = [...filesOf(line)];
    const cut = Math.ceil(files.length * (0.3 + 0.7 * ((i % 5) / 4)));
    for (const [name, bytes] of files.slice(0, cut)) writeFileSync(join(proof.ledger, name), bytes);
    await settled();
    await (await openKept(proof, memos)).close();
    for (const [name, bytes] of files.slice(cut)) writeFileSync(join(proof.ledger, name), bytes);
    const grown = await openKept(proof, memos);
    expect(allKnownBy(grown.reader)).toEqual(await allKnownCold(proof));
    await settled();
    await grown.close();
    const again = await openKept(proof, memos);
    expect(allKnownBy(again.reader)).toEqual(await allKnownCold(proof));
    expect(again.recalledTo ?? 0).toBe(again.reader.head);
  });
});

const ID = fc.constantFrom('1', '1.1', '1.2');
const OWNER = fc.constantFrom('ada', 'bo', '');
const living = fc.oneof(
  ID.map((id) => nodeCreated(id)),
  fc.tuple(fc.uniqueArray(ID, { minLength: 1 }), OWNER).map(([ids, owner]) => nodesClaimed(ids, owner)),
  ID.map((id) => nodesReleased(id)),
  fc
    .tuple(ID, OWNER)
    .map(([node_id, owner]) => ({ type: 'claim_refreshed', timestamp: T0, node_id, owner, new_timeout: LATER })),
  ID.map((node_id) => ({ type: 'node_amended', timestamp: T0, node_id, new_statement: 'otherwise' })),
);
const lockType = fc.constantFrom('lock_acquired', 'lock_released', 'lock_reaped', 'custom_event');
const seed = fc
  .tuple(lockType, ID, OWNER, fc.constantFrom(T0, LATER))
  .map(([type, node_id, owner, expires_at]) => ({ type, timestamp: T0, node_id, owner, expires_at }));

/** What happens to a ledger between two openings. */
type Step = { readonly add: readonly object[] } | 'drop the last' | 'rewrite one';
const steps = (event: fc.Arbitrary<object>): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.array(event, { maxLength: 5 }).map((add) => ({ add })) },
      { weight: 1, arbitrary: fc.constant('drop the last' as const) },
      { weight: 1, arbitrary: fc.constant('rewrite one' as const) },
    ),
    { minLength: 1, maxLength: 5 },
  );

describe.each([
  ['living', living],
  ['seed', seed],
] as const)('a %s ledger that changes between openings', (dialect: Dialect, event: fc.Arbitrary<object>) => {
  it('always reads as if nothing had been kept', async () => {
    let run = 0;
    let recalls = 0;
    await fc.assert(
      fc.asyncProperty(steps(event), fc.boolean(), async (history, staysOpen) => {
        run += 1;
        const memos = memosIn(join(folder, `memos-${dialect}-${run.toString()}`));
        const proof = newProof(`${dialect}-${run.toString()}`);
        const pathOf = (sequence: number) => join(proof.ledger, eventName(sequence, dialect));
        let length = 0;
        const put = (added: object) => {
          length += 1;
          writeFileSync(pathOf(length), JSON.stringify(added));
        };
        for (const id of ['1', '1.1']) put(dialect === 'living' ? nodeCreated(id) : { type: 'custom_event' });
        for (const step of history) {
          const opened = await openKept(proof, memos);
          if (opened.recalledTo !== null) recalls += 1;
          expect(allKnownBy(opened.reader)).toEqual(await allKnownCold(proof));
          if (!staysOpen) await settled();
          if (!staysOpen) await opened.close();
          if (step === 'drop the last') {
            if (length > 0) unlinkSync(pathOf(length));
            length = Math.max(0, length - 1);
          } else if (step === 'rewrite one') {
            if (length > 1)
              writeFileSync(pathOf(length - 1), JSON.stringify({ type: 'lock_reaped', node_id: '1', owner: 'x' }));
          } else for (const added of step.add) put(added);
          if (!staysOpen) continue;
          await opened.read();
          await settled();
          await opened.close();
        }
        const last = await openKept(proof, memos);
        expect(allKnownBy(last.reader)).toEqual(await allKnownCold(proof));
      }),
      { numRuns: 40 },
    );
    expect(recalls).toBeGreaterThan(10);
  }, 60_000);
});
