import { mkdirSync, renameSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventName } from '../../../../core/ledger/events/event-names';
import { LedgerReader } from '../../../../core/ledger/reading/ledger-reader';
import { nodeCreated, nodesClaimed, nodesReleased } from '../events';
import {
  claimEvent,
  DIALECTS,
  knownAfresh,
  knownBy,
  makeProof,
  NEVER,
  type Proof,
  proofIn,
  releaseEvent,
  tempFolder,
} from '../proof';

const LATER_MS = Date.UTC(2096, 0, 1);
type Step = (proof: Proof) => readonly string[];

/** Each step changes the folder and says which names a watch would tell. */
async function expectSameAsWhole(
  proof: Proof,
  steps: readonly Step[],
  hints: 'told' | 'dropped',
): Promise<LedgerReader> {
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  for (const [i, step] of steps.entries()) {
    const names = step(proof);
    if (hints === 'told') for (const name of names) reader.hint(name);
    await reader.read({ signal: NEVER });
    expect(knownBy(reader), `after step ${i.toString()}`).toEqual(await knownAfresh(proof));
  }
  return reader;
}

const put =
  (event: object | string, at?: number): Step =>
  (proof) => [proof.put(event, at)];
const raw =
  (name: string, bytes: string): Step =>
  (proof) => {
    writeFileSync(join(proof.ledger, name), bytes);
    return [name];
  };
const gone =
  (name: string): Step =>
  (proof) => {
    rmSync(join(proof.ledger, name), { recursive: true });
    return [name];
  };
const folder =
  (name: string): Step =>
  (proof) => {
    mkdirSync(join(proof.ledger, name));
    return [name];
  };

const LIVING: Readonly<Record<string, readonly Step[]>> = {
  'one by one': [
    put(nodeCreated('1.1')),
    put(nodesClaimed(['1.1'])),
    put(nodesReleased('1.1')),
    put(nodesClaimed(['1'])),
  ],
  'removed again': [put(nodesClaimed(['1'])), put(nodesReleased('1')), gone('000003.json'), put(nodeCreated('1.1'))],
  'removed in the middle': [put(nodesClaimed(['1'])), put(nodesReleased('1')), gone('000002.json')],
  'the first removed': [put(nodesClaimed(['1'])), gone('000001.json')],
  'a gap, then filled': [
    put(nodesReleased('1'), 3),
    put(nodeCreated('1.1'), 5),
    put(nodesClaimed(['1']), 2),
    put(nodeCreated('1.2'), 4),
  ],
  'beyond a gap': [put(nodeCreated('1.1'), 4), put(nodeCreated('1.2'), 5), put(nodeCreated('1.3'), 6)],
  'a second file of a number': [
    put(nodesClaimed(['1'])),
    raw('2.json', '{}'),
    put(nodesReleased('1'), 3),
    gone('2.json'),
  ],
  'misspelt ahead': [raw('7.json', '{}'), put(nodesClaimed(['1'])), gone('7.json')],
  'number 0': [raw('000000.json', '{}'), put(nodesClaimed(['1']), 2), gone('000000.json')],
  'absurd numbers': [
    raw('99999999999999999999.json', '{}'),
    raw('9007199254740993.json', '{}'),
    gone('99999999999999999999.json'),
  ],
  'a name of the seed': [raw('event-000002.json', '{}'), put(nodesClaimed(['1']), 2), gone('event-000002.json')],
  'a name of the seed far ahead': [raw('event-000900.json', '{}')],
  'refused, then mended': [put(nodesReleased('1')), put(nodesClaimed(['1']), 2), put(nodesReleased('1'))],
  'refused, others behind it': [put(nodesReleased('1')), put(nodeCreated('1.1')), gone('000002.json')],
  'two dialects behind a bad event': [
    put({ type: 'custom_event' }),
    put(claimEvent('seed', '1', 'ada', LATER_MS)),
    put(claimEvent('seed', '2', 'ada', LATER_MS)),
  ],
  'in two halves': [
    raw('000002.json', '{"type":"nodes_claimed",'),
    raw('000002.json', JSON.stringify(nodesClaimed(['1']))),
  ],
  'empty first': [raw('000002.json', ''), raw('000002.json', JSON.stringify(nodesClaimed(['1'])))],
  'a temp file': [raw('.event-000002.tmp', '{'), raw('.event-7.tmp', '{'), gone('.event-000002.tmp')],
  'a folder in the next place': [
    folder('000002.json'),
    raw('.event-7.tmp', '{'),
    gone('000002.json'),
    put(nodesClaimed(['1'])),
  ],
  'a folder in a gap': [folder('000002.json'), put(nodesClaimed(['1']), 3)],
};

describe('reading what is new comes to what reading all comes to', () => {
  for (const hints of ['told', 'dropped'] as const) {
    it.each(Object.entries(LIVING))(`hints ${hints}: %s`, async (_name, steps) => {
      await expectSameAsWhole(makeProof('living'), steps, hints);
    });

    it(`hints ${hints}: the dialect turns out to be the other one at the last event`, async () => {
      // Living names, and types that either may have: only a lock event tells that it is the seed's.
      const proof = proofIn(tempFolder(), 'living');
      const reader = await expectSameAsWhole(
        proof,
        [put({ type: 'custom_event' }), put({ type: 'custom_event' }), put(claimEvent('seed', '1', 'ada', LATER_MS))],
        hints,
      );
      expect(reader.dialect).toBe('seed');
      expect(reader.head).toBe(3);
    });

    it.each(DIALECTS)(`hints ${hints}: %s, a first event in an empty folder`, async (dialect) => {
      const event = dialect === 'living' ? nodeCreated('1') : claimEvent('seed', '1', 'ada', LATER_MS);
      const reader = await expectSameAsWhole(proofIn(tempFolder(), dialect), [put(event)], hints);
      expect(reader.head).toBe(1);
    });
  }

  it('an event that was edited in place, when a watch tells of it', async () => {
    const proof = makeProof('living');
    await expectSameAsWhole(
      proof,
      [put(nodesClaimed(['1'], 'ada')), raw('000002.json', JSON.stringify(nodesClaimed(['1'], 'grace')))],
      'told',
    );
  });

  it.each(DIALECTS)('%s: bursts of 1,000', async (dialect) => {
    const proof = makeProof(dialect);
    const burst: Step = (each) => {
      const from = each.events().length;
      return Array.from({ length: 1_000 }, (_, i) => {
        const event = i % 2 === 0 ? claimEvent(dialect, '1', 'ada', LATER_MS) : releaseEvent(dialect, '1', 'ada');
        return each.put(event, from + i + 1);
      });
    };
    const reader = await expectSameAsWhole(proof, [burst, burst], 'told');
    expect(reader.head).toBe(2_001);
    await expectSameAsWhole(proof, [burst], 'dropped');
  });
});

describe('a ledger folder that goes and comes', () => {
  it('keeps what was last seen while it is gone, and reads it anew when it is back', async () => {
    const proof = makeProof('living');
    proof.put(nodesClaimed(['1']));
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    renameSync(proof.ledger, `${proof.ledger}-away`);
    expect(await reader.read({ signal: NEVER })).toEqual({ reset: false, transitions: [] });
    expect(reader.outOfReach).toContain('it is not there');
    expect(reader.replay.claims()).toHaveLength(1);
    expect(reader.catchUp()).toBe(false);
    renameSync(`${proof.ledger}-away`, proof.ledger);
    expect((await reader.read({ signal: NEVER })).reset).toBe(true);
    expect(knownBy(reader)).toEqual(await knownAfresh(proof));
  });

  it('another ledger in its place is read anew, even under the inode and the length of the old one', async () => {
    const proof = makeProof('living');
    proof.put(nodesClaimed(['1'], 'ada'));
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    const { ino } = statSync(proof.ledger);
    rmSync(proof.ledger, { recursive: true });
    mkdirSync(proof.ledger);
    proof.put(nodeCreated('1'));
    proof.put(nodesClaimed(['1'], 'grace'));
    expect(typeof ino).toBe('number');
    expect((await reader.read({ signal: NEVER })).reset).toBe(true);
    expect(reader.replay.claim('1')?.owner).toBe('grace');
  });

  it('appears later', async () => {
    const proof = proofIn(tempFolder(), 'seed');
    rmdirSync(proof.ledger);
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    expect(reader.outOfReach).not.toBeNull();
    mkdirSync(proof.ledger);
    proof.put(claimEvent('seed', '1', 'ada', LATER_MS));
    expect((await reader.read({ signal: NEVER })).reset).toBe(true);
    expect(reader.head).toBe(1);
    expect(reader.outOfReach).toBeNull();
  });

  it('is read from the start after an abort half way', async () => {
    const proof = makeProof('living');
    for (let i = 2; i <= 3_000; i += 1) proof.put(nodeCreated(`1.${i.toString()}`), i);
    const reader = new LedgerReader(proof.folder);
    const controller = new AbortController();
    const reading = reader.read({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(reading).rejects.toThrow();
    expect((await reader.read({ signal: NEVER })).reset).toBe(true);
    expect(reader.head).toBe(3_000);
  });
});

describe('lost hints', () => {
  it('are made good as soon as a watch says that it may have lost some', async () => {
    const proof = makeProof('living');
    proof.put(nodesClaimed(['1']));
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    rmSync(join(proof.ledger, '000002.json'));
    // Something else was told of, and looked at: the folder's time says nothing any more.
    reader.hint('ledger.lock');
    await reader.read({ signal: NEVER });
    expect(reader.head).toBe(2);
    reader.hint('ledger.lock');
    reader.hintUnknown();
    await reader.read({ signal: NEVER });
    expect(reader.head).toBe(1);
  });
});

describe('catching up under the lock', () => {
  it('applies what is new at once, and tells of it in the next reading', async () => {
    const proof = makeProof('living');
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    proof.put(nodesClaimed(['1']));
    expect(reader.catchUp()).toBe(true);
    expect(reader.replay.claim('1')?.owner).toBe('ada');
    expect((await reader.read({ signal: NEVER })).transitions).toMatchObject([{ node: '1', kind: 'taken' }]);
  });

  it('does not when the last event is not the one that was read, nor behind a bad one', async () => {
    const proof = makeProof('living');
    proof.put(nodesClaimed(['1'], 'ada'));
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    writeFileSync(join(proof.ledger, '000002.json'), JSON.stringify(nodesClaimed(['1'], 'grace')));
    expect(reader.catchUp()).toBe(false);
    // And the next look knows that it must look at everything.
    expect((await reader.read({ signal: NEVER })).reset).toBe(true);
    expect(reader.replay.claim('1')?.owner).toBe('grace');
    proof.put(nodesClaimed(['1'], 'joan'));
    expect(reader.catchUp()).toBe(false);
    expect(reader.fault?.sequence).toBe(3);
  });
});

describe('cost', () => {
  it('of reading one more event does not follow the ledger', async () => {
    const spent: number[] = [];
    for (const length of [200, 20_000]) {
      const proof = makeProof('seed');
      for (let i = 2; i <= length; i += 1) {
        writeFileSync(
          join(proof.ledger, eventName(i, 'seed')),
          claimEvent('seed', (i % 500).toString(), 'ada', LATER_MS),
        );
      }
      const hourAgo = Date.now() / 1000 - 3600;
      const reader = new LedgerReader(proof.folder);
      await reader.read({ signal: NEVER });
      let best = Number.POSITIVE_INFINITY;
      for (let i = 1; i <= 40; i += 1) {
        const name = eventName(length + i, 'seed');
        writeFileSync(join(proof.ledger, name), claimEvent('seed', '1', 'ada', LATER_MS));
        utimesSync(proof.ledger, hourAgo, hourAgo + i);
        reader.hint(name);
        const startedMs = performance.now();
        await reader.read({ signal: NEVER });
        if (reader.catchUp()) best = Math.min(best, performance.now() - startedMs);
      }
      expect(reader.head).toBe(length + 40);
      spent.push(best);
    }
    const [small = 0, large = 0] = spent;
    expect(large).toBeLessThan(small * 10 + 1);
  }, 30_000);
});
