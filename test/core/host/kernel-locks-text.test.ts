import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inodeIn, isSqliteLock, lockTextsIn, parseLocks, rangeOf } from '../../../core/host/kernel-locks-text';

const LIST = `1: POSIX  ADVISORY  WRITE 3568 fd:00:2531452 0 EOF
2: FLOCK  ADVISORY  WRITE 3517 fd:00:2531448 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4000 fd:00:2531448 0 EOF
2:  -> FLOCK  ADVISORY  READ 4001 fd:00:2531448 0 EOF
3: OFDLCK ADVISORY  READ -1 00:2d:18446744073709551615 100 199
4: LEASE  ACTIVE    READ 3442 fd:00:2531448 0 EOF
4: -> LEASE  BREAKER   WRITE 77 fd:00:2531448 0 EOF
5: POSIX  *NOINODE* WRITE 3 <none>:0 0 EOF
6: POSIX  ADVISORY  READ 0 103:00003:9 1073741826 1073742335
`;

describe('the list of locks', () => {
  it('says who holds and who waits', () => {
    const holds = parseLocks(LIST);
    expect(holds.map(({ lock, waiters }) => [lock.kind, lock.pid, waiters.map(({ pid }) => pid)])).toEqual([
      ['POSIX', 3568, []],
      ['FLOCK', 3517, [4000, 4001]],
      ['OFDLCK', -1, []],
      ['POSIX', 0, []],
    ]);
    expect(holds[2]?.lock).toEqual({
      text: 'OFDLCK ADVISORY  READ -1 00:2d:18446744073709551615 100 199',
      kind: 'OFDLCK',
      access: 'read',
      pid: -1,
      device: '00:2d',
      inode: '18446744073709551615',
      start: 100,
      end: 199,
    });
    expect(holds.map(({ lock }) => rangeOf(lock))).toEqual([
      '0 to the end',
      '0 to the end',
      '100 to 199',
      '1073741826 to 1073742335',
    ]);
  });

  it('tells the locks of SQLite from others', () => {
    const lockOf = (range: string, kind = 'POSIX ') =>
      parseLocks(`1: ${kind} ADVISORY  READ 5 fd:00:1 ${range}\n`)[0]?.lock ?? expect.fail('no lock');
    expect(isSqliteLock(lockOf('1073741826 1073742335'), '/a.db')).toBe(true);
    expect(isSqliteLock(lockOf('1073741824 1073741825', 'OFDLCK'), '/a.db')).toBe(true);
    expect(isSqliteLock(lockOf('128 128'), '/a.db-shm')).toBe(true);
    expect(isSqliteLock(lockOf('128 128'), '/a.db')).toBe(false);
    expect(isSqliteLock(lockOf('0 EOF'), '/a.db-shm')).toBe(false);
    expect(isSqliteLock(lockOf('1073741824 EOF'), '/a.db')).toBe(false);
    expect(isSqliteLock(lockOf('120 128', 'FLOCK '), '/a.db-shm')).toBe(false);
  });

  it('makes nothing of anything else, and never throws', () => {
    const noise = fc.string({ unit: 'binary' });
    const almost = fc
      .tuple(fc.constantFrom(...LIST.split('\n')), fc.nat(80), fc.string({ unit: 'binary', maxLength: 6 }))
      .map(([line, at, put]) => line.slice(0, at) + put + line.slice(at + 1));
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, almost)), (lines) => {
        for (const { lock, waiters } of parseLocks(lines.join('\n'))) {
          for (const each of [lock, ...waiters]) {
            expect(each.text.includes('\n')).toBe(false);
            expect(Number.isSafeInteger(each.pid)).toBe(true);
            expect(each.inode).toMatch(/^\d+$/);
            expect(each.start).toBeGreaterThanOrEqual(0);
          }
        }
      }),
    );
  });

  it('says the same of a lock, whatever stands around it', () => {
    const lock = fc
      .record({
        kind: fc.constantFrom('FLOCK ', 'POSIX ', 'OFDLCK'),
        access: fc.constantFrom('READ', 'WRITE'),
        pid: fc.integer({ min: -1, max: 4_194_304 }),
        inode: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        start: fc.nat(),
        length: fc.option(fc.nat()),
      })
      .map(({ kind, access, pid, inode, start, length }) => {
        const end = length === null ? 'EOF' : (start + length).toString();
        return `${kind} ADVISORY  ${access} ${pid.toString()} fd:00:${inode.toString()} ${start.toString()} ${end}`;
      });
    const junk = fc.constantFrom('', '9: LEASE  ACTIVE    READ 3442 fd:00:1 0 EOF', 'nonsense', '7:');
    fc.assert(
      fc.property(fc.array(fc.tuple(lock, fc.array(lock, { maxLength: 3 }), junk)), (entries) => {
        const lines = entries.flatMap(([held, waiting, other], i) => [
          `${(i + 1).toString()}: ${held}`,
          ...waiting.map((text, depth) => `${(i + 1).toString()}: ${' '.repeat(depth)}-> ${text}`),
          other,
        ]);
        const holds = parseLocks(lines.join('\n'));
        expect(holds.map((hold) => hold.lock.text)).toEqual(entries.map(([held]) => held));
        expect(holds.map((hold) => hold.waiters.map(({ text }) => text))).toEqual(
          entries.map(([, waiting]) => waiting),
        );
        // The same text stands in what is told of a descriptor.
        const info = `pos:\t0\nflags:\t02\nmnt_id:\t27\nino:\t5\n${entries.map(([held], i) => `lock:\t${i.toString()}: ${held}\n`).join('')}`;
        expect(lockTextsIn(info)).toEqual(entries.map(([held]) => held));
        expect(inodeIn(info)).toBe('5');
      }),
    );
  });
});
