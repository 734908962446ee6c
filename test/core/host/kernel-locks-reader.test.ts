import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FollowedLocks } from '../../../core/host/kernel-locks';
import { createKernelLocks } from '../../../core/host/kernel-locks-reader';

const SELF = {
  host: 'here',
  bootId: 'boot',
  pidNamespace: 'pid:[4026531836]',
  pid: 1_000_000,
  startTicks: 1,
};

/** A `/proc` of files: what a kernel may say, and what it never would. */
class FakeProc {
  readonly root = newFolder('proc-');
  readonly folder = newFolder('locked-');

  constructor() {
    this.write('self/mountinfo', '1 0 00:77 / / rw - fake fake rw\n');
    mkdirSync(path.join(this.root, 'self', 'ns'), { recursive: true });
    symlinkSync('mnt:[1]', path.join(this.root, 'self', 'ns', 'mnt'));
    this.write('stat', 'btime 1700000000\n');
    this.process(1, []);
    this.list('');
  }

  write(name: string, content: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  list(text: string): void {
    this.write('locks', text);
  }

  /** A process with open files: where each leads, and what is told of it. */
  process(pid: number, fds: readonly { readonly to: string; readonly info: string }[], mounts = 'mnt:[1]'): void {
    const folder = path.join(this.root, pid.toString());
    rmSync(folder, { recursive: true, force: true });
    this.write(`${pid.toString()}/stat`, `${pid.toString()} (p (x) ${pid.toString()}) S 1 ${'0 '.repeat(17)}500 0\n`);
    this.write(`${pid.toString()}/cmdline`, `prog\0${pid.toString()}\0`);
    for (const name of ['fd', 'fdinfo', 'ns']) mkdirSync(path.join(folder, name));
    symlinkSync(mounts, path.join(folder, 'ns', 'mnt'));
    fds.forEach(({ to, info }, fd) => {
      symlinkSync(to, path.join(folder, 'fd', fd.toString()));
      this.write(`${pid.toString()}/fdinfo/${fd.toString()}`, info);
    });
  }

  end(pid: number): void {
    rmSync(path.join(this.root, pid.toString()), { recursive: true, force: true });
  }

  /** A file in the folder that is followed, with its inode. */
  file(name: string): { readonly at: string; readonly inode: string } {
    const at = path.join(this.folder, name);
    writeFileSync(at, '');
    return { at, inode: statSync(at, { bigint: true }).ino.toString() };
  }

  /** `hasEnded`: what the system says of a process that is not shown. */
  follow({
    hasEnded = () => true,
    pidNamespace = SELF.pidNamespace,
  }: {
    readonly hasEnded?: (pid: number) => boolean;
    readonly pidNamespace?: string;
  } = {}): FollowedLocks {
    const locks = createKernelLocks({ ...SELF, pidNamespace }, this.root, hasEnded).follow([{ path: this.folder }]);
    onTestFinished(() => {
      locks.close();
    });
    return locks;
  }
}

function newFolder(prefix: string): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), prefix));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe('the locks of a machine as its /proc tells of them', () => {
  it('joins by the text of a lock, not by what stat says of a device', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    // A device that no `stat` of this folder would tell.
    const text = `POSIX  ADVISORY  WRITE 42 00:99:${inode} 0 EOF`;
    proc.list(`1: ${text}\n`);
    proc.process(42, [{ to: at, info: `pos:\t0\nlock:\t1: ${text}\n` }]);
    expect(proc.follow().look().locks).toMatchObject([
      { path: at, file: 'there', unseen: null, holders: [{ fd: 0, process: { command: 'prog 42' } }] },
    ]);
  });

  it('never believes a process of another mount namespace where a file is, but finds it by its inode', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const [inside, outside] = [
      `FLOCK  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF`,
      'FLOCK  ADVISORY  WRITE 43 00:4d:999999999 0 EOF',
    ];
    proc.list(`1: ${inside}\n2: ${outside}\n`);
    // 00:77 of mountinfo is 00:4d of the list of locks.
    proc.process(42, [{ to: '/workspace/a', info: `ino:\t${inode}\nlock:\t1: ${inside}\n` }], 'mnt:[2]');
    proc.process(43, [{ to: at, info: `ino:\t999999999\nlock:\t1: ${outside}\n` }], 'mnt:[2]');
    expect(proc.follow().look().locks).toMatchObject([
      { path: at, listed: { pid: 42 }, unseen: null, holders: [{ process: { identity: { pid: 42 } } }] },
    ]);
  });

  it.each([
    ['an OFD lock that nobody shows', -1, 'names-nobody'],
    ['a process that has no number here', 0, 'other-namespace'],
    ['a taker that is gone', 77, 'taker-ended'],
    ['a taker that shows no lock', 42, 'names-nobody'],
  ])('shows %s as held by somebody who is not seen', (_, pid, unseen) => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    proc.process(42, [{ to: at, info: `ino:\t${inode}\n` }]);
    proc.list(`1: FLOCK  ADVISORY  WRITE ${pid.toString()} 00:4d:${inode} 0 EOF\n`);
    const [lock, ...others] = proc.follow().look().locks;
    expect(lock).toMatchObject({ path: at, holders: [], unseen, possible: [{ identity: { pid: 42 } }] });
    expect(others).toEqual([]);
  });

  it('goes on to show a lock of nobody when its file is removed', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    proc.list(`1: OFDLCK ADVISORY  READ -1 00:4d:${inode} 0 EOF\n`);
    const followed = proc.follow();
    expect(followed.look().locks).toMatchObject([{ path: at, file: 'there' }]);
    unlinkSync(at);
    expect(followed.look({ fresh: true }).locks).toMatchObject([{ path: at, file: 'deleted' }]);
    proc.list('');
    expect(followed.look().locks).toEqual([]);
  });

  it('joins two readers that the kernel lists by one and the same line', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `OFDLCK ADVISORY  READ -1 00:4d:${inode} 0 EOF`;
    proc.list(`1: ${text}\n2: ${text}\n`);
    for (const pid of [42, 43]) proc.process(pid, [{ to: at, info: `lock:\t1: ${text}\n` }]);
    const [lock, ...others] = proc.follow().look().locks;
    expect(lock?.holders.map(({ process }) => process.identity.pid)).toEqual([42, 43]);
    expect(others).toEqual([]);
  });

  it('believes descriptors where a list of several pages leaves a lock out', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `POSIX  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF`;
    const others = Array.from(
      { length: 100 },
      (_, i) => `9: POSIX  ADVISORY  READ 1 00:01:${(i + 5_000_000).toString()} 0 EOF\n`,
    ).join('');
    // Two descriptors of one open file.
    const has = { to: at, info: `lock:\t1: ${text}\n` };
    proc.process(42, [has, has]);
    proc.list(others);
    const followed = proc.follow();
    const [first] = followed.look().locks;
    expect(first).toMatchObject({ path: at, holders: [{ fd: 0, process: { identity: { pid: 42 } } }] });
    expect(first?.holders).toHaveLength(1);
    expect(followed.look().locks).toEqual([first]);
    proc.list(`1: ${text}\n${others}`);
    expect(followed.look().locks).toEqual([first]);
    proc.list(`${others}\n`);
    expect(followed.look().locks).toEqual([first]);
    proc.process(42, [{ to: at, info: '' }]);
    expect(followed.look().locks).toEqual([]);
  });

  it('shows nothing of a lock that ends with its holder while processes are looked at', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `FLOCK  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF`;
    proc.list(`1: ${text}\n`);
    proc.process(42, [{ to: at, info: `lock:\t1: ${text}\n` }]);
    const followed = proc.follow({
      hasEnded: () => {
        proc.list('');
        return true;
      },
    });
    expect(followed.look().locks).toHaveLength(1);
    rmSync(path.join(proc.root, '42', 'fd'), { recursive: true });
    rmSync(path.join(proc.root, '42', 'fdinfo'), { recursive: true });
    expect(followed.look({ fresh: true }).locks).toEqual([]);
  });

  it.each([
    ['it is hidden from this user', false, 'not-permitted'],
    ['the system knows of no such process', true, 'taker-ended'],
  ])('says of a taker that is not shown why, when %s', (_, hasEnded, unseen) => {
    const proc = new FakeProc();
    const { inode } = proc.file('a');
    proc.list(`1: FLOCK  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF\n`);
    expect(proc.follow({ hasEnded: () => hasEnded }).look().locks).toMatchObject([{ unseen }]);
  });

  it('knows that others may be hidden when the first process is', () => {
    const proc = new FakeProc();
    const { inode } = proc.file('a');
    proc.list(`1: OFDLCK ADVISORY  WRITE -1 00:4d:${inode} 0 EOF\n`);
    proc.end(1);
    expect(proc.follow().look().locks).toMatchObject([{ unseen: 'not-permitted' }]);
  });

  it('shows a lock that a short list leaves out as long as a descriptor has it', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `FLOCK  ADVISORY  WRITE 0 00:4d:${inode} 0 EOF`;
    proc.process(42, [{ to: at, info: `lock:\t1: ${text}\n` }]);
    const followed = proc.follow({ pidNamespace: 'pid:[4026539999]' });
    for (let times = 0; times < 5; times += 1) {
      expect(followed.look().locks, `look ${times.toString()}`).toMatchObject([{ path: at, unseen: null }]);
    }
    proc.process(42, []);
    expect(followed.look().locks).toEqual([]);
  });

  it('finds at once who has a lock still that left the list with its taker', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = (pid: number): string => `FLOCK  ADVISORY  WRITE ${pid.toString()} 00:4d:${inode} 0 EOF`;
    proc.list(`1: ${text(42)}\n`);
    proc.process(42, [{ to: at, info: `lock:\t1: ${text(42)}\n` }]);
    const followed = proc.follow({ pidNamespace: 'pid:[4026539999]' });
    expect(followed.look({ fresh: true }).locks).toMatchObject([{ listed: { pid: 42 } }]);
    proc.end(42);
    proc.list('');
    proc.process(43, [{ to: at, info: `lock:\t1: ${text(0)}\n` }]);
    expect(followed.look({ fresh: true }).locks).toMatchObject([
      { path: at, holders: [{ process: { identity: { pid: 43 } } }] },
    ]);
  });

  it('goes on to show a lock of a removed file when another folder is followed as well', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    proc.list(`1: OFDLCK ADVISORY  READ -1 00:4d:${inode} 0 EOF\n`);
    const locks = createKernelLocks(SELF, proc.root);
    const followed = locks.follow([{ path: proc.folder }]);
    expect(followed.look().locks).toHaveLength(1);
    unlinkSync(at);
    locks.follow([{ path: newFolder('other-') }]);
    expect(followed.look({ fresh: true }).locks).toMatchObject([{ path: at, file: 'deleted' }]);
  });

  it('names a holder as it calls itself now', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `FLOCK  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF`;
    proc.list(`1: ${text}\n`);
    proc.process(42, [{ to: at, info: `lock:\t1: ${text}\n` }]);
    const followed = proc.follow();
    expect(followed.look().locks).toMatchObject([{ holders: [{ process: { command: 'prog 42' } }] }]);
    proc.write('42/cmdline', 'another\0');
    expect(followed.look({ fresh: true }).locks).toMatchObject([{ holders: [{ process: { command: 'another' } }] }]);
    const again = followed.look();
    expect(followed.look({ fresh: true })).toBe(again);
  });

  it('finds a lock behind very many others of one descriptor', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `POSIX  ADVISORY  WRITE 42 00:4d:${inode} 9000000 9000000`;
    const others = Array.from(
      { length: 3_000 },
      (_, i) => `lock:\t${i.toString()}: ${text.replaceAll('9000000', (i * 2).toString())}\n`,
    );
    proc.list(`1: ${text}\n`);
    proc.process(42, [{ to: at, info: `${others.join('')}lock:\t1: ${text}\n` }]);
    const lock = proc
      .follow()
      .look()
      .locks.find((each) => each.listed.text === text);
    expect(lock?.holders).toHaveLength(1);
  });

  it('says that a list is too long to be read, and shows no part of it', () => {
    const proc = new FakeProc();
    const { at, inode } = proc.file('a');
    const text = `FLOCK  ADVISORY  WRITE 42 00:4d:${inode} 0 EOF`;
    proc.process(42, [{ to: at, info: `lock:\t1: ${text}\n` }]);
    proc.list(`1: ${text}\n${`2: ${text.replace(inode, '1')}\n`.repeat(200_000)}`);
    expect(proc.follow().look()).toMatchObject({
      unreadable: "the kernel's list of locks cannot be read: it is longer than the 8 MiB of it that are read",
    });
  });

  it('says why, when there is no list', () => {
    const proc = new FakeProc();
    rmSync(path.join(proc.root, 'locks'));
    const look = proc.follow().look();
    expect(look).toMatchObject({
      locks: [],
      unreadable: expect.stringContaining('it is not there (ENOENT)') as string,
    });
  });

  it('never throws, whatever it finds', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 60 });
    const pid = fc.integer({ min: -1, max: 50 });
    const line = fc.oneof(
      noise,
      fc
        .tuple(fc.constantFrom('FLOCK ', 'POSIX ', 'OFDLCK'), pid, fc.nat(3))
        .map(([kind, by, inode]) => `1: ${kind} ADVISORY  WRITE ${by.toString()} 00:4d:${inode.toString()} 0 EOF`),
    );
    const proc = new FakeProc();
    const followed = proc.follow();
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.tuple(noise, noise, noise), { maxLength: 3 }),
        (lines, processes) => {
          proc.list(lines.join('\n'));
          processes.forEach(([stat, to, info], i) => {
            proc.process(i + 1, [
              { to: to.replaceAll('\0', '') || '/x', info: `lock:\t1: ${lines[0] ?? ''}\n${info}` },
            ]);
            proc.write(`${(i + 1).toString()}/stat`, stat);
          });
          const look = followed.look({ fresh: true });
          expect(look.locks.every((lock) => lock.path.startsWith(proc.folder))).toBe(true);
          for (let i = 0; i < processes.length; i += 1) proc.end(i + 1);
        },
      ),
      { numRuns: 60 },
    );
  });
});
