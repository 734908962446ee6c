import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VERDICTS } from '../../core/model';
import { createApp } from '../../renderer/store/app';
import { createSnapshots } from '../../service/snapshots';
import { HandClock, settle } from './hand-clock';
import { claimRow, sourceRow } from './rows';
import { ScriptedHost } from './scripted-host';

/** What a host may do while a window takes its snapshot over. */
const deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.nat(30), verdict: fc.constantFrom(...VERDICTS) }) },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ held: fc.nat(9) }) },
  /** A batch that never arrives. */
  { weight: 1, arbitrary: fc.constant({ lose: true as const }) },
  /** The window's time is up, or another one took its turn. */
  { weight: 1, arbitrary: fc.constant({ forget: true as const }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

/** A host that gives its snapshot in parts of three claims, and does something before and after each. */
class BusyHost extends ScriptedHost {
  readonly #deeds: Deed[];
  #held = 0;
  #snapshots = createSnapshots(() => 0, 3);

  constructor(claims: number, deeds: readonly Deed[]) {
    super(Array.from({ length: claims }, (_, i) => claimRow(i.toString())));
    this.#deeds = [...deeds];
    this.answers.snapshot = () => {
      const whole = { revision: this.revision, sources: this.sources(), claims: this.claims };
      return this.#during(() => this.#snapshots.begin(this, whole));
    };
    this.answers.moreOfSnapshot = ({ token }) => this.#during(() => this.#snapshots.more(this, token));
  }

  sources() {
    return [sourceRow('source-1', { held: this.#held })];
  }

  async #during<T>(answer: () => T): Promise<T> {
    this.#next();
    const value = answer();
    this.#next();
    await Promise.resolve();
    this.#next();
    return value;
  }

  #next(): void {
    const next = this.#deeds.shift();
    if (next !== undefined) this.do(next);
  }

  /** Does nothing more by itself. */
  rest(): void {
    this.#deeds.length = 0;
  }

  do(next: Deed): void {
    if ('put' in next) this.put(claimRow(next.put.toString(), { verdict: next.verdict }));
    else if ('remove' in next) this.remove(claimRow(next.remove.toString()).key);
    else if ('held' in next) {
      this.#held = next.held;
      this.tell({ kind: 'source', source: sourceRow('source-1', { held: next.held }) });
    } else if ('lose' in next) this.revision += 1;
    else this.#snapshots = createSnapshots(() => 0, 3);
  }
}

describe('a picture that comes in parts', () => {
  it('is in the end exactly what the host has, whatever happens meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.array(deed, { maxLength: 40 }), fc.array(deed), async (n, during, after) => {
        const host = new BusyHost(n, during);
        const clock = new HandClock();
        const app = createApp(host, clock);
        try {
          await clock.pass(5_000);
          for (const each of after) host.do(each);
          await clock.pass(5_000);
          host.rest();
          // What is lost shows when the next change comes.
          host.put(claimRow('last'));
          await clock.pass(60_000);
          const { picture, loaded, arriving, trouble } = app.store.getState();
          expect({ loaded, arriving, trouble }).toEqual({ loaded: true, arriving: null, trouble: null });
          expect(picture.revision).toBe(host.revision);
          expect(picture.sources).toEqual(host.sources());
          expect(picture.claims).toEqual(new Map(host.claims.map((claim) => [claim.key, claim])));
        } finally {
          app.dispose();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('shows rows as they come, and tells how many are still to come', async () => {
    const host = new BusyHost(7, []);
    const seen: unknown[] = [];
    const app = createApp(host, new HandClock());
    app.store.subscribe(({ picture, arriving }) => {
      const at = { rows: picture.claims.size, arriving };
      if (JSON.stringify(at) !== JSON.stringify(seen[seen.length - 1])) seen.push(at);
    });
    await settle();
    await settle();
    expect(seen).toContainEqual({ rows: 3, arriving: { done: 3, total: 7 } });
    expect(seen).toContainEqual({ rows: 6, arriving: { done: 6, total: 7 } });
    expect(seen[seen.length - 1]).toEqual({ rows: 7, arriving: null });
    app.dispose();
  });

  it('leaves a picture that is whole as it is until the new one is whole too', async () => {
    const host = new BusyHost(7, []);
    const clock = new HandClock();
    const app = createApp(host, clock);
    await clock.pass(1_000);
    const sizes = new Set<number>();
    app.store.subscribe(({ picture }) => sizes.add(picture.claims.size));
    host.revision += 1;
    host.put(claimRow('8'));
    await clock.pass(1_000);
    expect([...sizes]).toEqual([8]);
    app.dispose();
  });
});

describe('changes in a large picture', () => {
  it('are shown at once, and together when they follow closely', async () => {
    const host = new ScriptedHost(Array.from({ length: 6_000 }, (_, i) => claimRow(i.toString())));
    const clock = new HandClock();
    const app = createApp(host, clock);
    await clock.pass(1_000);
    let pictures = 0;
    app.store.subscribe((state, before) => {
      if (state.picture !== before.picture) pictures += 1;
    });
    const verdict = (name: string) => app.store.getState().picture.claims.get(claimRow(name).key)?.verdict;
    host.put(claimRow('1', { verdict: 'expired' }));
    expect(verdict('1')).toBe('expired');
    for (let i = 10; i < 60; i += 1) host.put(claimRow(i.toString(), { verdict: 'expired' }));
    await clock.pass(100);
    expect(verdict('59')).toBe('expired');
    expect(pictures).toBe(2);
    app.dispose();
  });
});
