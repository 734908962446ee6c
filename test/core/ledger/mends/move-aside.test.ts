import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileExchange } from '../../../../core/host/exchange';
import { printOf } from '../../../../core/ledger/locks/lock-print';
import { type Kept, keptName, newKeptId } from '../../../../core/ledger/locks/quarantine';
import { moveAside } from '../../../../core/ledger/mends/move-aside';
import { onCall, systemError } from '../../../helpers/system-calls';
import { makeProof, NEVER, type Proof, sourceOf } from '../proof';

const ID = newKeptId(Date.now());
const quarantineOf = (proof: Proof) => join(proof.ledger, '.lockscope');
const record = (proof: Proof) => join(quarantineOf(proof), `${ID}.json`);

function setOf(proof: Proof, names: readonly string[]): Kept {
  const files = names.map((original, at) => {
    const print = printOf(join(proof.ledger, original));
    if (print === null) throw new Error(original);
    return { original, name: keptName(ID, original, at + 1), print };
  });
  const [first, ...others] = files;
  if (first === undefined) throw new Error('no files');
  return {
    id: ID,
    files: [first, ...others],
    takenAt: '2026-01-15T09:30:00.123Z',
    takenBy: 'somebody',
    why: { action: 'mend', mend: 'trailing-events' },
    resource: 'events',
    holder: null,
    seen: 's',
    reason: null,
    head: 1,
  };
}

function brokenProof(): { readonly proof: Proof; readonly names: readonly string[] } {
  const proof = makeProof('living', ['1']);
  return { proof, names: [proof.put('{'), proof.put('{"a"'), proof.put('{"b"')] };
}

/** The names in place, and what each holds. */
function standing(proof: Proof): object {
  return Object.fromEntries(proof.events().map((name) => [name, proof.text(name)]));
}

describe('files that are moved aside where no move replaces nothing', () => {
  it('go by a second name, and come back by one', async () => {
    const { proof, names } = brokenProof();
    const set = setOf(proof, names);
    expect(moveAside(proof.ledger, set, null)).toEqual({ kind: 'moved' });
    expect(proof.events()).toEqual(['000001.json']);
    for (const { name, print } of set.files) expect(printOf(join(quarantineOf(proof), name))?.inode).toBe(print.inode);
    // A crash that came between the two steps left this.
    const [first] = set.files;
    linkSync(join(quarantineOf(proof), first.name), join(proof.ledger, first.original));
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    expect(await source.undo(ID, { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(proof.events()).toEqual(['000001.json', ...names]);
    expect(readdirSync(quarantineOf(proof))).toEqual([]);
  });

  it('of which the last cannot leave: all stand in the ledger, and there alone', () => {
    const { proof, names } = brokenProof();
    const before = standing(proof);
    onCall('unlinkSync', ([path], go) => {
      if (path === join(proof.ledger, names[0] ?? '')) throw systemError('EACCES');
      return go();
    });
    expect(moveAside(proof.ledger, setOf(proof, names), null)).toEqual({
      kind: 'failed',
      error: expect.stringMatching(/no permission \(EACCES\)\. Nothing was changed\.$/) as string,
    });
    expect(standing(proof)).toEqual(before);
    expect(readdirSync(quarantineOf(proof))).toEqual([]);
  });

  it('of which one can be removed from neither place: that is said, and what is written down stays', () => {
    const { proof, names } = brokenProof();
    const before = standing(proof);
    onCall('unlinkSync', ([path], go) => {
      if (String(path).endsWith(names[0] ?? '')) throw systemError('EACCES');
      return go();
    });
    const outcome = moveAside(proof.ledger, setOf(proof, names), null);
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('lies in quarantine too') as string,
    });
    expect(outcome).not.toMatchObject({ error: expect.stringContaining('Nothing was changed') as string });
    expect(standing(proof)).toEqual(before);
    expect(existsSync(record(proof))).toBe(true);
  });
});

describe('files that are moved aside', () => {
  it('go without the answer to a step that was done', () => {
    const { proof, names } = brokenProof();
    onCall('linkSync', (_args, go) => {
      go();
      throw systemError('EEXIST');
    });
    expect(moveAside(proof.ledger, setOf(proof, names), null)).toEqual({ kind: 'moved' });
    expect(proof.events()).toEqual(['000001.json']);
  });

  it('and a stranger that came in the last moment and cannot go back: it is named, and what is written down stays', () => {
    const { proof, names } = brokenProof();
    const [bad = ''] = names;
    let isFirst = true;
    // Between the look and the step another file took the name; then somebody wrote that name anew.
    const files: FileExchange = {
      exchange: () => ({ kind: 'cannot', reason: 'not asked' }),
      tryLock: () => ({ kind: 'locked' }),
      moveNew: (from, to) => {
        if (!isFirst) return existsSync(to) ? { kind: 'taken' } : { kind: 'broken', error: 'not asked' };
        isFirst = false;
        writeFileSync(`${from}.other`, 'stranger');
        renameSync(`${from}.other`, from);
        renameSync(from, to);
        writeFileSync(from, 'newest');
        return { kind: 'done' };
      },
    };
    const outcome = moveAside(proof.ledger, setOf(proof, [bad]), files);
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('could not be put back') as string,
    });
    expect(readFileSync(join(proof.ledger, bad), 'utf8')).toBe('newest');
    expect(existsSync(record(proof))).toBe(true);
    expect(readFileSync(join(quarantineOf(proof), keptName(ID, bad, 1)), 'utf8')).toBe('stranger');
  });

  it('stay all where they are when one of them changed, and no time of theirs with it', () => {
    const { proof, names } = brokenProof();
    const set = setOf(proof, names);
    appendFileSync(join(proof.ledger, names[0] ?? ''), 'x');
    const changedOf = (name = '') => lstatSync(join(proof.ledger, name), { bigint: true }).ctimeNs;
    const before = changedOf(names[2]);
    expect(moveAside(proof.ledger, set, null)).toMatchObject({ kind: 'conflict' });
    expect(changedOf(names[2])).toBe(before);
  });

  it('leave nothing behind when what is written down cannot be brought to disk', () => {
    const { proof, names } = brokenProof();
    mkdirSync(quarantineOf(proof));
    const before = standing(proof);
    let isRecord = true;
    onCall('fsyncSync', (_args, go) => {
      // The first is of the record, the next of its folder.
      if (isRecord) isRecord = false;
      else throw systemError('EIO');
      return go();
    });
    expect(moveAside(proof.ledger, setOf(proof, names), null)).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('Nothing was changed') as string,
    });
    expect(standing(proof)).toEqual(before);
    expect(readdirSync(quarantineOf(proof))).toEqual([]);
  });
});
