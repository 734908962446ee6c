import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import { livingName } from '../../../core/ledger/events/event-names';
import type { Claim, Transition } from '../../../core/model';
import type { Reading } from '../../../core/port';
import { nodesClaimed } from '../../core/ledger/events';
import { NEVER } from '../../core/ledger/proof';
import { eventually, tempFolder } from '../../helpers/inspect';
import { startThreads } from '../../helpers/threads';
import { makeWideLedger } from '../../helpers/wide-ledger';

const NODES = 100_000;
const ARRIVING = 200;

/** What somebody knows who was told these readings, from the first on. */
class Known {
  readonly claims = new Map<string, Claim>();
  readonly transitions: Transition[] = [];
  head = 0;
  resets = 0;

  take({ reset, upserted, removed, transitions, head }: Reading): void {
    if (reset) {
      this.resets += 1;
      this.claims.clear();
    }
    for (const claim of upserted) this.claims.set(claim.id, claim);
    for (const id of removed) this.claims.delete(id);
    this.transitions.push(...transitions);
    this.head = head ?? 0;
  }
}

describe('events that arrive during the first reading of 100,000', () => {
  it('are each shown exactly once, and nothing is read anew', { timeout: 180_000 }, async () => {
    const proof = path.join(await tempFolder(), 'wide');
    const before = makeWideLedger(proof, NODES, 0);
    expect(before).toBeGreaterThan(NODES);
    const source = startThreads().ledger.open(proof, createHost());
    onTestFinished(() => source.close());
    let hints = 0;
    onTestFinished(source.watch(() => (hints += 1)));

    // Nodes of the tree are claimed, another one each time, while they are read.
    let arrived = 0;
    const seenAt: number[] = [];
    const arrive = (): void => {
      arrived += 1;
      const node = `1.${(1 + (arrived % 40)).toString()}.${(1 + Math.floor(arrived / 40)).toString()}`;
      const aside = path.join(proof, 'ledger', `.event-${arrived.toString()}.tmp`);
      writeFileSync(aside, JSON.stringify(nodesClaimed([node], `agent ${arrived.toString()}`)));
      renameSync(aside, path.join(proof, 'ledger', livingName(before + arrived)));
    };
    const state = { isRead: false };
    const known = new Known();
    const first = source
      .read({ signal: NEVER, onProgress: (done) => seenAt.push(done) })
      .then((reading) => known.take(reading))
      .finally(() => (state.isRead = true));
    let during = 0;
    await eventually(() => seenAt.length > 0, 60_000);
    while (arrived < ARRIVING) {
      arrive();
      if (!state.isRead) during += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await first;
    expect(during, 'None came during the first reading.').toBeGreaterThan(20);
    const inFirst = known.head - before;

    while (known.head < before + ARRIVING) {
      const seen = hints;
      known.take(await source.read({ signal: NEVER }));
      if (known.head < before + ARRIVING) await eventually(() => hints > seen, 10_000);
    }
    known.take(await source.read({ signal: NEVER }));

    expect(known).toMatchObject({ head: before + ARRIVING, resets: 1 });
    // The past of a first reading is asked for; what comes after it is told.
    expect(known.transitions.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: ARRIVING - inFirst }, (_, i) => before + inFirst + 1 + i),
    );
    const holders = [...known.claims.values()].map(({ holder }) => holder.name);
    expect(new Set(holders)).toEqual(
      new Set(Array.from({ length: ARRIVING }, (_, i) => `agent ${(i + 1).toString()}`)),
    );
    expect(holders).toHaveLength(ARRIVING);
    for (const { id } of known.claims.values()) expect(await source.history?.(id, 10), id).toHaveLength(1);
  });
});
