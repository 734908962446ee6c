import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Memos } from '../../../core/host/memos';
import { differencesBetween, pictureOf } from '../../../core/ledger/kept/compare-pictures';
import { contentOfReading } from '../../../core/ledger/kept/kept-reading';
import { LedgerKeeper } from '../../../core/ledger/kept/ledger-keeper';
import { LedgerReader } from '../../../core/ledger/reading/ledger-reader';
import { Turns } from '../../../core/ledger/reading/turns';
import { INIT_FOLDERS } from '../../../core/ledger/replay/dialect';
import { nodesClaimed, nodesReleased } from './events';
import { allKnownBy, allKnownCold, memosIn, memosOf, openKept, settled } from './kept';
import { claimEvent, makeProof, NEVER, type Proof, tempFolder } from './proof';

/** A proof with a claim and a past, of which the reading was kept. `owner` has three letters. */
async function kept(owner = 'ada') {
  const memos = memosIn(tempFolder());
  const proof = makeProof('living', ['1', '1.1', '1.2']);
  proof.put(nodesClaimed(['1'], owner));
  proof.put(nodesReleased('1'));
  proof.put(nodesClaimed(['1.1'], owner));
  // Whole seconds, which can be set back exactly.
  for (const name of proof.events()) utimesSync(join(proof.ledger, name), 1_700_000_000, 1_700_000_000);
  await settled();
  const opened = await openKept(proof, memos);
  expect(opened.recalledTo).toBeNull();
  await opened.close();
  const [memo = ''] = memosOf(memos);
  expect(statSync(memo).size).toBeGreaterThan(0);
  return { memos, proof, memo };
}

async function expectBelieved(proof: Proof, memos: ReturnType<typeof memosIn>, upTo = 6): Promise<void> {
  const opened = await openKept(proof, memos);
  expect(opened.recalledTo).toBe(upTo);
  expect(allKnownBy(opened.reader)).toEqual(await allKnownCold(proof));
}

async function expectRefused(proof: Proof, memos: ReturnType<typeof memosIn>): Promise<void> {
  const opened = await openKept(proof, memos);
  expect(opened.recalledTo).toBeNull();
  expect(allKnownBy(opened.reader)).toEqual(await allKnownCold(proof));
}

it('what was kept is believed while nothing changed, and when the ledger grew', async () => {
  const { memos, proof } = await kept();
  await expectBelieved(proof, memos);
  await expectBelieved(proof, memos);
  proof.put(nodesClaimed(['1'], 'bob'));
  await expectBelieved(proof, memos);
});

describe('a memo that lies is refused, and everything is read', () => {
  it('with any byte altered', async () => {
    const { memos, proof, memo } = await kept();
    const bytes = readFileSync(memo);
    for (let at = 0; at < bytes.length; at += 7) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(memo, altered);
      await expectRefused(proof, memos);
    }
    writeFileSync(memo, bytes);
    await expectBelieved(proof, memos);
  }, 60_000);

  it('cut short at any length, or with something behind it', async () => {
    const { memos, proof, memo } = await kept();
    const bytes = readFileSync(memo);
    for (let length = 0; length < bytes.length; length += 13) {
      writeFileSync(memo, bytes.subarray(0, length));
      await expectRefused(proof, memos);
    }
    writeFileSync(memo, Buffer.concat([bytes, Buffer.alloc(8)]));
    await expectRefused(proof, memos);
  }, 60_000);

  it('of another ledger, put in its place', async () => {
    const [one, other] = [await kept('ada'), await kept('bob')];
    writeFileSync(one.memo, readFileSync(other.memo));
    await expectRefused(one.proof, one.memos);
    // Of the same folder of memos, with the same key.
    const proof = makeProof('living', ['1', '1.1', '1.2']);
    await settled();
    await (await openKept(proof, one.memos)).close();
    const memo = memosOf(one.memos).find((path) => path !== one.memo) ?? '';
    cpSync(memo, one.memo);
    await expectRefused(one.proof, one.memos);
  });

  it('of another version of the program', async () => {
    const { memos, proof } = await kept();
    await expectRefused(proof, memosIn(memos.folder, 'test 2'));
    // For the one that it is of, it is as good as before.
    await expectBelieved(proof, memos);
  });

  it('with another key, or none', async () => {
    const { memos, proof, memo } = await kept();
    const bytes = readFileSync(memo);
    writeFileSync(join(memos.folder, 'key'), Buffer.alloc(32, 7));
    await expectRefused(proof, memos);
    rmSync(join(memos.folder, 'key'));
    writeFileSync(memo, bytes);
    await expectRefused(proof, memos);
    writeFileSync(join(memos.folder, 'key'), 'short');
    writeFileSync(memo, bytes);
    await expectRefused(proof, memos);
    // From then on there is a key again.
    await (await openKept(proof, memos)).close();
    await expectBelieved(proof, memos);
  });

  it('with a right digest over the reading of another ledger', async () => {
    const one = await kept('ada');
    const other = makeProof('living', ['1', '1.1', '1.2']);
    for (const event of [nodesClaimed(['1'], 'eve'), nodesReleased('1'), nodesClaimed(['1.1'], 'eve')])
      other.put(event);
    const { reader } = await openKept(one.proof, one.memos);
    const { reader: otherReader } = await openKept(other, memosIn(tempFolder()));
    const [mine, theirs] = [reader.keepable, otherReader.keepable];
    if (mine === null || theirs === null) throw new Error('Both were read.');
    const identity = { program: 'test 1', proofFolder: one.proof.folder, folder: mine.folder };
    const memos = new Memos(one.memos);
    const subject = `ledger ${one.proof.folder}`;
    const lie = await contentOfReading(identity, theirs.fold, new Turns(NEVER));
    const truth = await contentOfReading(identity, mine.fold, new Turns(NEVER));
    if (lie === null || truth === null) throw new Error('Nothing changed meanwhile.');
    await memos.write(subject, lie);
    await expectRefused(one.proof, one.memos);
    // Even with the prints of the right files: the claims that are held are compared with their events.
    const prints = truth.columns['prints'] ?? new Float64Array(0);
    await memos.write(subject, { ...lie, columns: { ...lie.columns, prints } });
    await expectRefused(one.proof, one.memos);
    // Only the past is another: that is believed, and found out when all is read anew.
    const { replay = prints } = truth.columns;
    await memos.write(subject, { ...lie, columns: { ...lie.columns, prints, replay } });
    const opened = await openKept(one.proof, one.memos);
    expect(opened.recalledTo).toBe(6);
    const shown = pictureOf(opened.reader);
    await opened.read(true);
    expect(differencesBetween(shown, pictureOf(opened.reader))).toEqual([
      'What was shown of earlier claims, their history, is not what the events say.',
    ]);
    expect(allKnownBy(opened.reader)).toEqual(await allKnownCold(one.proof));
    // And it is gone.
    await expectRefused(one.proof, one.memos);
  });
});

it('giving up while it is looked at loses nothing: the next reading believes it', async () => {
  const { memos, proof } = await kept();
  const aborter = new AbortController();
  class GivenUp extends LedgerKeeper {
    recalledTo: number | null = null;
    override async recall(...args: Parameters<LedgerKeeper['recall']>): ReturnType<LedgerKeeper['recall']> {
      const found = await super.recall(...args);
      if (args[1] === aborter.signal) aborter.abort();
      args[1].throwIfAborted();
      return found;
    }
    override recalled(head: number): void {
      this.recalledTo = head;
      super.recalled(head);
    }
  }
  const keeper = new GivenUp(memos, proof.folder);
  const reader = new LedgerReader(proof.folder, { keeper });
  await expect(reader.read({ signal: aborter.signal })).rejects.toThrow();
  await reader.read({ signal: NEVER });
  expect(keeper.recalledTo).toBe(6);
  expect(allKnownBy(reader)).toEqual(await allKnownCold(proof));
});

describe('a memo of a ledger that is not what it was is refused, and everything is read', () => {
  it('with an event edited in place, to as many bytes, and its times set back', async () => {
    for (let at = 1; at <= 6; at += 1) {
      const { memos, proof } = await kept();
      const path = join(proof.ledger, `00000${at.toString()}.json`);
      const { atime, mtime } = statSync(path);
      writeFileSync(path, readFileSync(path, 'utf8').replace('2026-01-15', '2026-01-16'));
      utimesSync(path, atime, mtime);
      expect(statSync(path).mtimeMs).toBe(mtime.getTime());
      await expectRefused(proof, memos);
    }
  });

  it('with an event removed, replaced by another file, or by a link', async () => {
    const removed = await kept();
    unlinkSync(join(removed.proof.ledger, '000006.json'));
    await expectRefused(removed.proof, removed.memos);
    const replaced = await kept();
    replaced.proof.put(nodesClaimed(['1'], 'eve'), 4);
    await expectRefused(replaced.proof, replaced.memos);
    const gap = await kept();
    renameSync(join(gap.proof.ledger, '000003.json'), join(gap.proof.folder, 'away'));
    await expectRefused(gap.proof, gap.memos);
  });

  it('with a name more for one of its numbers', async () => {
    const { memos, proof } = await kept();
    writeFileSync(join(proof.ledger, '4.json'), '{}');
    await expectRefused(proof, memos);
  });

  it('with its folder swapped for a copy', async () => {
    const { memos, proof } = await kept();
    cpSync(proof.ledger, `${proof.ledger}-copy`, { recursive: true, preserveTimestamps: true });
    renameSync(proof.ledger, `${proof.ledger}-away`);
    renameSync(`${proof.ledger}-copy`, proof.ledger);
    await expectRefused(proof, memos);
  });

  it('with something beside it that tells another dialect', async () => {
    const memos = memosIn(tempFolder());
    const proof = makeProof('seed');
    proof.put(claimEvent('seed', '1', 'ada', Date.now() + 60_000));
    await settled();
    await (await openKept(proof, memos)).close();
    await expectBelieved(proof, memos, 2);
    for (const folder of INIT_FOLDERS) mkdirSync(join(proof.folder, folder), { recursive: true });
    await expectRefused(proof, memos);
  });

  it('with a file in the name of the other dialect', async () => {
    const { memos, proof } = await kept();
    writeFileSync(join(proof.ledger, 'event-000001.json'), '{"type":"custom_event"}');
    const opened = await openKept(proof, memos);
    expect(allKnownBy(opened.reader)).toEqual(await allKnownCold(proof));
    expect(opened.reader.mixed).not.toBeNull();
  });
});
