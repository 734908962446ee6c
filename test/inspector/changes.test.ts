import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type Change,
  type Changes,
  type Claim,
  instantFromMs,
  type Snapshot,
  type SourceStatus,
} from '../../core/model';
import type { Reading } from '../../core/port';
import { ChangeFeed } from '../../inspector/changes';
import { HolderIndex } from '../../inspector/holder-index';
import { VerdictTimer } from '../../inspector/judge-claims';
import type { JudgedClaim } from '../../inspector/judged-claim';
import { snapshotOf } from '../../inspector/snapshot';
import { SourceState } from '../../inspector/source-state';
import type { Steps } from '../../inspector/steps';
import { claimFolderProtocol, dropClaim, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { eventually, inspect, sleep, tempFolder } from '../helpers/inspect';

/** What a window keeps of the inspector: a snapshot, and every change since. */
class Mirror {
  readonly #sources = new Map<string, Snapshot['sources'][number]>();
  readonly #claims = new Map<string, Snapshot['claims'][number]>();
  #revision: number;

  constructor(snapshot: Snapshot) {
    this.#revision = snapshot.revision;
    for (const source of snapshot.sources) this.#sources.set(source.id, source);
    for (const claim of snapshot.claims) this.#claims.set(claim.key, claim);
  }

  apply({ from, to, changes }: Changes): void {
    expect(from).toBe(this.#revision);
    expect(to).toBe(from + 1);
    this.#revision = to;
    for (const change of changes) {
      if (change.kind === 'source') this.#sources.set(change.source.id, change.source);
      if (change.kind === 'source-removed') this.#sources.delete(change.sourceId);
      if (change.kind === 'claim') this.#claims.set(change.claim.key, change.claim);
      if (change.kind === 'claim-removed') this.#claims.delete(change.key);
    }
  }

  snapshot(): Snapshot {
    return sorted({
      revision: this.#revision,
      sources: [...this.#sources.values()],
      claims: [...this.#claims.values()],
    });
  }
}

/** Every step, the last one among them. */
function* allOf(steps: Steps): Generator<readonly Change[]> {
  yield yield* steps;
}

function sorted({ revision, sources, claims }: Snapshot): Snapshot {
  return {
    revision,
    sources: [...sources].sort((a, b) => a.id.localeCompare(b.id)),
    claims: [...claims].sort((a, b) => a.key.localeCompare(b.key)),
  };
}

function claim(id: number, holder: string | null, expiresAtMs: number | null): Claim {
  return {
    id: id.toString(),
    protocol: 'p',
    kind: 'file',
    resource: id.toString(),
    title: null,
    holder: { name: holder, process: null },
    acquiredAt: instantFromMs(0),
    lease:
      expiresAtMs === null
        ? { kind: 'none' }
        : { kind: 'until', expiresAt: instantFromMs(expiresAtMs), toleranceMs: 0 },
    evidence: [],
    seen: `${holder ?? ''}${expiresAtMs ?? ''}`,
    recordLabel: null,
    possibleActions: ['reap', 'release', 'force-release'],
  };
}

const someClaim = fc
  .tuple(fc.nat(9), fc.option(fc.constantFrom('ada', 'bob')), fc.option(fc.integer({ min: 0, max: 2_000 })))
  .map((parts) => claim(...parts));
const status: fc.Arbitrary<SourceStatus> = fc.constantFrom<SourceStatus>(
  { kind: 'readable' },
  { kind: 'readable' },
  { kind: 'unreadable', at: 3, reason: 'bad' },
  { kind: 'out-of-reach', since: instantFromMs(5), reason: 'gone' },
);
const reading: fc.Arbitrary<Reading> = fc.record({
  observedAtMs: fc.nat(5_000),
  reset: fc.boolean(),
  upserted: fc.uniqueArray(someClaim, { selector: (each) => each.id, maxLength: 8 }),
  removed: fc.array(fc.nat(9).map(String), { maxLength: 4 }),
  transitions: fc.constant([]),
  findings: fc.constant([]),
  status,
  head: fc.option(fc.nat(20)),
  note: fc.constant(null),
});
const step = fc.oneof(
  fc.record({
    kind: fc.constant('read' as const),
    source: fc.nat(1),
    reading,
    // A reading is applied in steps, and anything may happen between them.
    stepSize: fc.integer({ min: 1, max: 12 }),
    msBetween: fc.integer({ min: -800, max: 800 }),
  }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: -1_500, max: 1_500 }) }),
  fc.record({ kind: fc.constant('progress' as const), source: fc.nat(1), done: fc.nat(9) }),
);

describe('changes', () => {
  it('applied in their order to a snapshot give the next one, and the counts are right', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, snapshotAfter) => {
        const clock = { ms: 0, nowMs: () => clock.ms };
        const feed = new ChangeFeed();
        const holders = new HolderIndex();
        const timer = new VerdictTimer<JudgedClaim>({ clock, onDue: () => undefined, onClockJump: () => undefined });
        const states = ['a', 'b'].map(
          (id) =>
            new SourceState({
              id,
              description: { protocol: 'p', title: id, path: `/${id}` },
              clock,
              timer,
              holders,
              thisHost: 'here',
              ownBands: null,
              bands: null,
            }),
        );
        const snapshot = (): Snapshot => snapshotOf(feed.revision, states);
        let mirror: Mirror | null = null;
        feed.subscribe((changes) => mirror?.apply(changes));
        for (const [index, each] of steps.entries()) {
          if (index === snapshotAfter % (steps.length + 1)) mirror = new Mirror(snapshot());
          const timePasses = (ms: number): void => {
            clock.ms += ms;
            for (const state of states)
              for (const changes of allOf(state.rejudgeAll(state.entries))) feed.publish(changes);
          };
          if (each.kind === 'read') {
            for (const changes of allOf(states[each.source]!.apply(each.reading, each.stepSize))) {
              feed.publish(changes);
              if (mirror !== null) expect(mirror.snapshot()).toEqual(sorted(snapshot()));
              timePasses(each.msBetween);
              // Somebody may begin to look in the middle of it.
              if (index === snapshotAfter % (steps.length + 1)) mirror = new Mirror(snapshot());
            }
          } else if (each.kind === 'progress') feed.publish(states[each.source]!.setProgress(each.done, null));
          else timePasses(each.ms);
          if (mirror !== null) expect(mirror.snapshot()).toEqual(sorted(snapshot()));
          for (const { row, entries } of states) {
            const verdicts = [...entries].map((entry) => entry.row.verdict);
            expect(row.held).toBe(verdicts.length);
            expect(row.stale).toBe(verdicts.filter((verdict) => verdict === 'expired').length);
          }
          for (const state of states) {
            for (const entry of state.entries) {
              const name = entry.claim.holder.name;
              const all = states.flatMap(({ entries }) => [...entries]);
              const others = all.filter(
                (other) => other !== entry && name !== null && other.claim.holder.name === name,
              );
              expect(new Set(holders.others(entry, 99))).toEqual(new Set(others));
            }
          }
        }
        timer.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('of a live inspector do so too, from before the first source to after the last', async () => {
    const root = await tempFolder();
    const folders = await Promise.all(['a', 'b'].map((name) => makeClaimFolder(path.join(root, name))));
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder: path.join(root, 'data') });
    const mirror = new Mirror(inspector.snapshot());
    inspector.onChanges((changes) => {
      mirror.apply(changes);
    });
    await inspector.open(root);
    for (let i = 0; i < 30; i += 1) {
      const folder = folders[i % 2]!;
      await putClaim(folder, `r${i % 7}`, {
        holder: 'ada',
        acquiredAtMs: Date.now(),
        expiresAtMs: Date.now() + 40 * (i % 5),
      });
      if (i % 3 === 0) await dropClaim(folder, `r${i % 7}`);
      await sleep(i);
    }
    await eventually(() => inspector.snapshot().claims.every(({ verdict }) => verdict === 'expired'));
    expect(inspector.snapshot().claims.length).toBeGreaterThan(0);
    expect(mirror.snapshot()).toEqual(sorted(inspector.snapshot()));
    for (const { id } of inspector.snapshot().sources) inspector.close(id);
    expect(mirror.snapshot()).toMatchObject({ sources: [], claims: [] });
  });

  it('reach every listener in order, also those that a listener causes, and past one that throws', () => {
    const feed = new ChangeFeed();
    const seen: string[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    feed.subscribe(({ to }) => {
      if (to === 1) feed.publish([{ kind: 'audit', count: 2 }]);
      throw new Error('a listener fails');
    });
    const stop = feed.subscribe(({ to }) => seen.push(`b${to}`));
    feed.publish([{ kind: 'audit', count: 1 }]);
    feed.publish([]);
    stop();
    feed.publish([{ kind: 'audit', count: 3 }]);
    expect(seen).toEqual(['b1', 'b2']);
    expect(feed.revision).toBe(3);
    expect(warn.mock.calls.map(([warning]) => String(warning))).toEqual(Array(3).fill('Error: a listener fails'));
  });
});
