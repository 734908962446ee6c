import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEMO_DEFAULTS, type MemoOptions, Memos } from '../../../core/host/memos';
import { tempFolder } from '../../helpers/inspect';

const turn = (): Promise<void> => Promise.resolve();

async function options(): Promise<MemoOptions> {
  return { folder: join(await tempFolder(), 'data', 'memos'), program: 'test', ...MEMO_DEFAULTS };
}

function content(size = 3) {
  return {
    about: { name: 'ä\ud800', none: null },
    columns: {
      a: Float64Array.from({ length: size }, (_, i) => i / 3),
      b: Uint8Array.of(1, 2, 3),
      c: Int32Array.of(-1),
      d: new Uint32Array(0),
    },
  };
}

describe('a memo', () => {
  it('is given back as it was written, whatever its length, by another process too; private to this user', async () => {
    const where = await options();
    for (const size of [0, 1, 3, 200_000]) {
      expect(await new Memos(where).write('s', content(size))).toBe(true);
      expect(await new Memos(where).read('s', turn)).toEqual(content(size));
    }
    expect(await new Memos(where).read('other', turn)).toBeNull();
    expect(statSync(where.folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(where.folder)) expect(statSync(join(where.folder, name)).mode & 0o777).toBe(0o600);
  });

  it('is whole whenever several write it and others read it', async () => {
    const where = await options();
    const all = Array.from({ length: 12 }, (_, i) => content(1_000 + i));
    await Promise.all(all.map((one) => new Memos(where).write('s', one)));
    const reads = await Promise.all(
      all.map(async (one) => {
        void new Memos(where).write('s', one);
        return new Memos(where).read('s', turn);
      }),
    );
    for (const read of reads) expect(all).toContainEqual(read);
  });

  it('goes when it was not used for longest, and so does what a writer left behind', async () => {
    const where = await options();
    const memos = new Memos(where);
    for (let i = 0; i < 64; i += 1) await memos.write(`s ${i.toString()}`, content());
    expect(await memos.read('s 0', turn)).not.toBeNull();
    const leftOver = join(where.folder, '.1-left.tmp');
    writeFileSync(leftOver, '');
    utimesSync(leftOver, 1, 1);
    await memos.write('one more', content());
    const names = readdirSync(where.folder);
    expect(names.filter((name) => name.endsWith('.memo'))).toHaveLength(64);
    expect(names).not.toContain('.1-left.tmp');
    expect(await memos.read('s 0', turn)).not.toBeNull();
    expect(await memos.read('s 1', turn)).toBeNull();
  });

  it('is not kept where it cannot be, nor where others may write: without a word', async () => {
    const where = await options();
    mkdirSync(join(where.folder, '..'), { recursive: true });
    writeFileSync(where.folder, 'no folder');
    expect(await new Memos(where).write('s', content())).toBe(false);
    expect(await new Memos(where).read('s', turn)).toBeNull();
    const open = await options();
    expect(await new Memos(open).write('s', content())).toBe(true);
    chmodSync(open.folder, 0o777);
    expect(await new Memos(open).write('s', content())).toBe(false);
    expect(await new Memos(open).read('s', turn)).toBeNull();
  });
});
