import { describe, expect, it } from 'vitest';
import { rivalryFindings } from '../../../core/file-lock/lock-findings';
import { rivalriesIn } from '../../../core/file-lock/rivalries';
import type { HeldLock, ListedKind, ListedLock } from '../../../core/host/kernel-locks';

/** A lock of one file; `pids` have it, and nobody is seen where there are none. */
function lockOf(
  kind: ListedKind,
  access: ListedLock['access'],
  pids: readonly number[],
  { start = 0, inode = '9', taker = pids[0] ?? 1 } = {},
): HeldLock {
  const listed = { text: '', kind, access, pid: taker, device: '08:01', inode, start, end: start };
  const holders = pids.map((pid) => ({
    process: {
      identity: { host: 'here', bootId: null, pidNamespace: null, pid, startTicks: 1 },
      command: 'program',
      user: null,
      startedAtMs: null,
      namespace: null,
    },
    fd: 3,
    folder: '',
  }));
  return {
    listed,
    path: `/project/${inode}.lock`,
    file: 'there',
    holders,
    unseen: pids.length === 0 ? 'not-permitted' : null,
    blocked: [],
    possible: [],
    isOfSqlite: false,
  };
}

const messagesOf = (locks: readonly HeldLock[]): readonly string[] =>
  rivalryFindings(rivalriesIn(locks).files, (path) => path.slice('/project/'.length)).map(({ message }) => message);

describe('locks of both kinds on one file', () => {
  it('are one finding a file, which names two and counts the rest', () => {
    const ranges = [11, 12, 13, 14, 15].map((pid) => lockOf('POSIX', 'write', [pid], { start: pid }));
    const flock = lockOf('FLOCK', 'write', [10]);
    const locks = [flock, ...ranges];
    expect(messagesOf(locks)).toEqual([
      '9.lock has 6 holders at once: process 10 (program) by flock, and process 11 (program) by fcntl, and 4 more. The kernel grants both, and each believes that it is alone.',
    ]);
    const reading = lockOf('POSIX', 'read', [11], { start: 100 });
    expect(messagesOf([...locks, reading])[0]).toMatch(/^9\.lock has 6 holders/);
    expect(rivalriesIn(locks).of(flock)).toEqual(ranges.slice(0, 3));
    for (const range of ranges) expect(rivalriesIn(locks).of(range)).toEqual([flock]);
  });

  it('are none between readers, on two files, or of those who share a holder', () => {
    expect(messagesOf([lockOf('FLOCK', 'read', [10]), lockOf('POSIX', 'read', [11])])).toEqual([]);
    expect(messagesOf([lockOf('FLOCK', 'write', [10]), lockOf('POSIX', 'write', [11], { inode: '8' })])).toEqual([]);
    expect(messagesOf([lockOf('FLOCK', 'write', [10, 11]), lockOf('OFDLCK', 'write', [11, 12])])).toEqual([]);
    expect(messagesOf([lockOf('FLOCK', 'write', [10]), lockOf('POSIX', 'write', [], { taker: 10 })])).toEqual([]);
  });

  it('are only possible where somebody is not seen, and a proven one goes before those', () => {
    const flock = lockOf('FLOCK', 'write', [10]);
    const hidden = lockOf('POSIX', 'write', [], { taker: 12 });
    expect(messagesOf([flock, hidden])[0]).toMatch(/^9\.lock may have two holders at once: process 10 /);
    expect(rivalriesIn([flock, hidden]).of(flock)).toEqual([]);
    const seen = lockOf('POSIX', 'read', [13], { start: 5 });
    expect(messagesOf([flock, hidden, seen])[0]).toMatch(/^9\.lock has 3 holders at once: process 10 .* process 13 /);
    expect(rivalriesIn([hidden, seen, flock]).of(flock)).toEqual([seen]);
  });

  it('cost no more than there are locks', () => {
    const many = 4_000;
    const mixed = [
      ...Array.from({ length: many }, (_, i) => lockOf('FLOCK', 'read', [i + 1])),
      ...Array.from({ length: many }, (_, i) => lockOf('POSIX', 'write', [many + i + 1], { start: i })),
    ];
    const startedMs = performance.now();
    const rivalries = rivalriesIn(mixed);
    expect(rivalries.files).toMatchObject([{ isProven: true, more: 2 * many - 2 }]);
    for (const lock of mixed) expect(rivalries.of(lock).length).toBeLessThanOrEqual(3);
    // Every pair would be 16 million.
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
