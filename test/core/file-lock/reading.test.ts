import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import type { FollowedLocks, HeldLock } from '../../../core/host/kernel-locks';
import { workerProgram } from '../../helpers/worker-program';
import {
  exclude,
  hasCommands,
  KIND,
  lockFile,
  newProject,
  type Program,
  startProgram,
  startPython,
  startTaker,
  TAKERS,
} from './programs';

const isLinux = process.platform === 'linux';
const canLook = isLinux && hasCommands('flock', 'python3', 'lslocks');
/** A change is shown within so many ms, as long as the machine has time for it. */
const SHOWN_WITHIN_MS = 200;
const times: number[] = [];

function follow(folder: string, sqlite = false): FollowedLocks {
  const locks = createHost().kernelLocks?.follow([{ path: folder }], { sqlite });
  if (locks === undefined) throw new Error('this system lists no locks');
  onTestFinished(() => {
    locks.close();
  });
  return locks;
}

/** Watches as a window does: each hint is a look. */
class Watched {
  locks: readonly HeldLock[];
  readonly #waiting = new Set<() => void>();

  constructor(followed: FollowedLocks) {
    this.locks = followed.look().locks;
    followed.watch(() => {
      this.locks = followed.look().locks;
      for (const check of [...this.#waiting]) check();
    });
  }

  /** How long it takes from now on until this is shown, in ms. */
  async until(isShown: (locks: readonly HeldLock[]) => boolean, limitMs = 5_000): Promise<number> {
    const startedMs = performance.now();
    while (!isShown(this.locks)) {
      const leftMs = startedMs + limitMs - performance.now();
      if (leftMs <= 0) throw new Error(`not shown within ${limitMs.toString()} ms: ${JSON.stringify(this.locks)}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.#waiting.add(done);
      });
    }
    return performance.now() - startedMs;
  }
}

/** What `lslocks` says of a file, in the words of ours; what it says twice is one. */
function lslocks(file: string): readonly string[] {
  const inode = statSync(file).ino;
  const { locks } = JSON.parse(
    execFileSync('lslocks', ['-J', '-u', '-o', 'PID,TYPE,MODE,START,END,INODE'], { encoding: 'utf8' }),
  ) as { locks: { pid: number; type: string; mode: string; start: number; end: number; inode: number }[] };
  const lines = locks
    .filter((lock) => lock.inode === inode)
    .map(({ pid, type, mode, start, end }) => [pid, type, mode, start, end].join(' '));
  return [...new Set(lines)].sort();
}

/**
 * The two say the same. While anybody on the machine takes locks, `lslocks` may read a list that is torn between two
 * pages, with a line twice or left out: then it is asked again.
 */
async function agreesWithLslocks(file: string, locks: () => readonly HeldLock[]): Promise<void> {
  await expect
    .poll(() => ({ ours: asLslocks(locks()), theirs: lslocks(file) }), { timeout: 5_000, interval: 20 })
    .toSatisfy(({ ours, theirs }: Record<'ours' | 'theirs', readonly string[]>) => ours.join() === theirs.join());
}

function asLslocks(locks: readonly HeldLock[]): readonly string[] {
  return locks
    .flatMap(({ listed, blocked }) => [
      { lock: listed, mark: '' },
      ...blocked.map((waiter) => ({ lock: waiter.listed, mark: '*' })),
    ])
    .map(({ lock: { pid, kind, access, start, end }, mark }) =>
      [pid, kind, access.toUpperCase() + mark, start, end ?? 0].join(' '),
    )
    .sort();
}

/** Waits until the kernel lists somebody as waiting for the file. */
async function isBlockedOn(file: string): Promise<void> {
  const inode = statSync(file).ino.toString();
  await expect
    .poll(
      () =>
        readFileSync('/proc/locks', 'utf8')
          .split('\n')
          .some((line) => line.includes('->') && line.includes(`:${inode} `)),
      {
        timeout: 5_000,
        interval: 1,
      },
    )
    .toBe(true);
}

const pidsOf = ({ holders }: HeldLock): readonly number[] => holders.map(({ process }) => process.identity.pid);

describe.skipIf(!canLook)('who holds and who waits', () => {
  const pairs = TAKERS.flatMap((first) => TAKERS.map((second) => [first, second] as const));
  it.each(pairs)('%s holds, %s comes: shown as lslocks has it', async (first, second) => {
    const project = newProject();
    const file = lockFile(project);
    const watched = new Watched(follow(project));
    const holder = await startTaker(first, project);
    await holder.line();
    const heldMs = await watched.until((locks) => locks.some((lock) => pidsOf(lock)[0] === holder.pid));
    times.push(heldMs);
    const [held] = watched.locks;
    expect(held).toMatchObject({
      path: file,
      file: 'there',
      unseen: null,
      listed: { kind: KIND[first], access: 'write' },
    });
    expect(held?.holders[0]?.process.command).toContain(
      first === 'flock(1)' ? 'flock' : first === 'python lockf' ? 'python' : 'node',
    );
    await agreesWithLslocks(file, () => watched.locks);

    const other = await startTaker(second, project);
    if (!exclude(first, second)) {
      await other.line();
      const bothMs = await watched.until((locks) => locks.some((lock) => pidsOf(lock)[0] === other.pid));
      times.push(bothMs);
      expect(watched.locks).toHaveLength(2);
      await agreesWithLslocks(file, () => watched.locks);
      return;
    }
    if (second.startsWith('ours')) {
      // It asks again and again, and so is never listed as waiting: only its descriptor tells of it.
      await watched.until(([lock]) => lock?.possible.some(({ identity }) => identity.pid === other.pid) === true);
    } else {
      await isBlockedOn(file);
      const waitsMs = await watched.until(([lock]) => lock?.blocked[0]?.process?.identity.pid === other.pid);
      times.push(waitsMs);
      expect(watched.locks[0]?.possible).toEqual([]);
    }
    expect(watched.locks).toHaveLength(1);
    await agreesWithLslocks(file, () => watched.locks);
    await holder.finish();
    await other.line();
    const passedMs = await watched.until(([lock]) => lock !== undefined && pidsOf(lock)[0] === other.pid);
    times.push(passedMs);
    await other.finish();
    times.push(await watched.until((locks) => locks.length === 0));
  });

  it('and each of it within 200 ms, for as long as other work leaves the machine alone', () => {
    const sorted = [...times].sort((a, b) => a - b);
    expect(sorted.length).toBeGreaterThan(30);
    expect(sorted[Math.floor(sorted.length * 0.75)], sorted.map(Math.round).join(' ')).toBeLessThan(SHOWN_WITHIN_MS);
  });

  it('shows readers together, and who waits behind them in a row', async () => {
    const project = newProject();
    const file = lockFile(project);
    const readers = [1, 2].map(() => startProgram('flock', ['-s', file, 'sh', '-c', 'echo held; cat']));
    for (const reader of readers) await reader.line();
    const writers = [1, 2].map(() => startProgram('flock', [file, 'sh', '-c', 'echo held; cat']));
    const look = (): readonly HeldLock[] => follow(project).look().locks;
    await expect.poll(() => look().flatMap(({ blocked }) => blocked).length, { timeout: 5_000 }).toBe(2);
    const locks = look();
    expect(locks.map((lock) => [lock.listed.access, pidsOf(lock)[0]]).sort()).toEqual(
      readers.map(({ pid }) => ['read', pid]).sort(),
    );
    const waiting = locks.flatMap(({ blocked }) => blocked.map(({ process }) => process?.identity.pid));
    expect(waiting.sort()).toEqual(writers.map(({ pid }) => pid).sort());
    await agreesWithLslocks(file, look);
  });

  it('names the child that keeps a flock after its parent died, and never calls it free', async () => {
    const project = newProject();
    const parent = startProgram('flock', [lockFile(project), 'sh', '-c', 'echo $$; exec sleep 30']);
    const child = Number(await parent.line());
    onTestFinished(() => {
      process.kill(child, 'SIGKILL');
    });
    const watched = new Watched(follow(project));
    expect(pidsOf(watched.locks[0] ?? expect.fail('free'))).toContain(parent.pid);
    process.kill(parent.pid, 'SIGKILL');
    await watched.until(([lock]) => lock === undefined || pidsOf(lock)[0] !== parent.pid);
    expect(watched.locks[0]?.listed.pid).toBe(parent.pid);
    expect(pidsOf(watched.locks[0] ?? expect.fail('free'))[0]).toBe(child);
  });

  it('shows an OFD lock, for which the kernel names nobody, with the process that has it', async () => {
    const project = newProject();
    const holder = startPython(OFD, [lockFile(project), '100', '50']);
    await holder.line();
    const [lock] = follow(project).look().locks;
    expect(lock).toMatchObject({ listed: { kind: 'OFDLCK', pid: -1, start: 100, end: 149 }, unseen: null });
    expect(pidsOf(lock ?? expect.fail('free'))).toEqual([holder.pid]);
  });

  it('says so when the locked file was removed or replaced', async () => {
    const project = newProject();
    const file = lockFile(project);
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const watched = new Watched(follow(project));
    unlinkSync(file);
    await watched.until(([lock]) => lock?.file === 'deleted');
    writeFileSync(file, '');
    await watched.until(([lock]) => lock?.file === 'replaced');
    expect(watched.locks).toMatchObject([{ path: file, unseen: null }]);
    const moved = path.join(project, 'elsewhere.lock');
    renameSync(file, moved);
    await holder.kill();
    await watched.until((locks) => locks.length === 0);
  });

  it('shows a file that is moved into the folder with its lock', async () => {
    const [project, other] = [newProject(), newProject()];
    const holder = await startTaker('python lockf', other);
    await holder.line();
    const watched = new Watched(follow(project));
    expect(watched.locks).toEqual([]);
    renameSync(lockFile(other), lockFile(project));
    await watched.until(([lock]) => lock?.path === lockFile(project) && lock.file === 'there');
  });

  it('leaves the locks of SQLite out unless it is asked for them', async () => {
    const project = newProject();
    const database = path.join(project, 'a.db');
    const holder = startPython(SQLITE, [database]);
    await holder.line();
    expect(follow(project).look().locks).toEqual([]);
    const locks = follow(database, true).look().locks;
    expect(locks.length).toBeGreaterThan(0);
    expect(
      locks.every(({ isOfSqlite, holders }) => isOfSqlite && holders[0]?.process.identity.pid === holder.pid),
    ).toBe(true);
  });

  it('costs one comparison while nothing changes, and gives the very same objects', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const followed = follow(project);
    const first = followed.look();
    expect(followed.look({ fresh: true }).locks[0]).toBe(first.locks[0]);
    await holder.finish();
    // While others take locks, one that was given back may be shown a little longer.
    await expect.poll(() => followed.look().locks, { timeout: 5_000, interval: 5 }).toEqual([]);
  });

  it('misses no lock that is held all the time in a long list that changes while it is read', async () => {
    const [project, other] = [newProject(), newProject()];
    const churn = startPython(CHURN, [other]);
    await churn.line();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const followed = follow(project);
    for (let i = 0; i < 400; i += 1) {
      expect(followed.look().locks.map(({ listed }) => listed.pid)).toEqual([holder.pid]);
    }
  });

  it('leaves no descriptor open', () => {
    const project = newProject();
    const followed = follow(project);
    followed.look({ fresh: true });
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i += 1) followed.look({ fresh: true });
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});

const canUnshare = isLinux && hasCommands('unshare', 'flock') && process.getuid?.() === 0;

describe.skipIf(!canUnshare)('locks of another pid namespace (needs root)', () => {
  it('shows a lock that is held in a child pid namespace, with its holder by the number that it has here', async () => {
    const project = newProject();
    const inner = unshared(['flock', lockFile(project), 'sh', '-c', 'echo held; cat']);
    await inner.line();
    const [lock] = follow(project).look().locks;
    expect(lock?.file).toBe('there');
    expect(lock?.holders[0]?.process.command).toContain('flock');
    expect(statSync(`/proc/${String(lock?.holders[0]?.process.identity.pid)}`).isDirectory()).toBe(true);
  });

  it('knows from inside that it does not see all, and shows what it sees', async () => {
    const project = newProject();
    const program = await workerProgram(path.join(import.meta.dirname, 'look.worker.ts'));
    const outer = await startTaker('flock(1)', newProject());
    await outer.line();
    const inner = unshared(['flock', lockFile(project), process.execPath, program, project]);
    const said = JSON.parse(await inner.line()) as { seesAll: boolean; locks: HeldLock[] };
    expect(said.seesAll).toBe(false);
    expect(said.locks).toHaveLength(1);
    expect(said.locks[0]?.holders[0]?.process.command).toContain('flock');
  });
});

describe.skipIf(!canUnshare || !hasCommands('setpriv'))('locks of another user (run as another user by root)', () => {
  it('shows them as held by somebody who cannot be seen', async () => {
    const project = newProject();
    execFileSync('chmod', ['-R', 'a+rX', project]);
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const program = await workerProgram(path.join(import.meta.dirname, 'look.worker.ts'));
    chmodSync(path.dirname(program), 0o755);
    const inner = startProgram('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      program,
      project,
    ]);
    const said = JSON.parse(await inner.line()) as { locks: HeldLock[] };
    expect(said.locks).toMatchObject([
      { path: lockFile(project), file: 'there', holders: [], unseen: 'not-permitted', listed: { pid: holder.pid } },
    ]);
  });
});

function unshared(command: readonly string[]): Program {
  return startProgram('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', ...command]);
}

const OFD = `
import fcntl, struct, sys
f = open(sys.argv[1], 'a+')
fcntl.fcntl(f, 37, struct.pack('hhqqi4x', 1, 0, int(sys.argv[2]), int(sys.argv[3]), 0))
print('held', flush=True)
sys.stdin.read()
`;

/** Takes and gives back locks of 400 files all the time, so that the list has several pages. */
const CHURN = `
import fcntl, os, random, sys, threading
files = [open(os.path.join(sys.argv[1], str(i)), 'a+') for i in range(400)]
for f in files: fcntl.lockf(f, fcntl.LOCK_EX)
print('ready', flush=True)
done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
while not done.is_set():
    f = random.choice(files)
    fcntl.lockf(f, fcntl.LOCK_UN)
    fcntl.lockf(f, fcntl.LOCK_EX)
`;

const SQLITE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('CREATE TABLE t (x)')
db.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
`;
