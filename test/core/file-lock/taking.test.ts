import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FileLock, type FileLockOptions, gitSyncLock, stateLock, taskLock } from '../../../core/file-lock';
import { workerProgram } from '../../helpers/worker-program';
import { exclude, hasCommands, lockFile, newProject, startPython, startTaker, TAKERS } from './programs';

const isLinux = process.platform === 'linux';

function stateLockOf(project: string, options: FileLockOptions = {}): FileLock {
  const made = stateLock(project, options);
  if (made.kind === 'refused') throw new Error(made.reason);
  onTestFinished(() => {
    made.lock.close();
  });
  return made.lock;
}

/** Whether another program, by the classic call, is granted the lock now. */
function isFreeForOthers(file: string): boolean {
  const script = 'import fcntl,sys\nfcntl.lockf(open(sys.argv[1],"a+"), fcntl.LOCK_EX|fcntl.LOCK_NB)';
  return spawnSync('python3', ['-c', script, file], { stdio: 'ignore' }).status === 0;
}

describe.skipIf(!isLinux)('a file lock', () => {
  it.each(['fcntl', 'flock'] as const)('is held, refused to others and given back: %s', (kind) => {
    const project = newProject();
    const [one, other] = [stateLockOf(project, { kind }), stateLockOf(project, { kind })];
    expect(one.tryLock()).toEqual({ kind: 'locked' });
    expect(one.isHeld).toBe(true);
    expect(other.tryLock()).toEqual({ kind: 'busy' });
    one.unlock();
    one.unlock();
    expect(one.isHeld).toBe(false);
    expect(other.tryLock()).toEqual({ kind: 'locked' });
    expect(one.tryLock()).toEqual({ kind: 'busy' });
    other.close();
    expect(one.tryLock()).toEqual({ kind: 'locked' });
    one.close();
    expect(existsSync(lockFile(project))).toBe(true);
    expect(statSync(lockFile(project)).mode & 0o777).toBe(0o644);
    expect(one.tryLock()).toEqual({ kind: 'broken', error: 'The lock cannot be taken: it was closed.' });
  });

  it.each(['fcntl', 'flock'] as const)('lets several share it, and one alone in between: %s', (kind) => {
    const project = newProject();
    const [one, other] = [
      stateLockOf(project, { kind, mode: 'shared' }),
      stateLockOf(project, { kind, mode: 'shared' }),
    ];
    const alone = stateLockOf(project, { kind });
    expect([one.tryLock().kind, other.tryLock().kind, alone.tryLock().kind]).toEqual(['locked', 'locked', 'busy']);
    one.unlock();
    expect(alone.tryLock().kind).toBe('busy');
    other.unlock();
    expect([alone.tryLock().kind, one.tryLock().kind]).toEqual(['locked', 'busy']);
  });

  it('refuses itself while it is held', async () => {
    const lock = stateLockOf(newProject());
    const [first, second] = await Promise.all([lock.lock(), lock.lock({ timeoutMs: 30 })]);
    expect(first).toEqual({ kind: 'locked' });
    expect(second.kind).toBe('busy');
  });

  it('waits, no longer than it may, and keeps no thread waiting', async () => {
    const project = newProject();
    const [holder, waiter] = [stateLockOf(project), stateLockOf(project)];
    holder.tryLock();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 5);
    const startedAt = performance.now();
    const outcome = await waiter.lock({ timeoutMs: 120 });
    clearInterval(counting);
    expect(outcome.kind).toBe('busy');
    expect(performance.now() - startedAt).toBeGreaterThan(115);
    expect(turns).toBeGreaterThan(3);
    setTimeout(() => {
      holder.unlock();
    }, 60);
    expect(await waiter.lock({ timeoutMs: 5_000 })).toEqual({ kind: 'locked' });
  });

  it('ends its waiting when it is told to, and when it is closed', async () => {
    const project = newProject();
    const [holder, waiter] = [stateLockOf(project), stateLockOf(project)];
    holder.tryLock();
    const aborter = new AbortController();
    const waiting = waiter.lock({ timeoutMs: 60_000, signal: aborter.signal });
    aborter.abort();
    expect(await waiting).toEqual({ kind: 'aborted' });
    expect(await waiter.lock({ signal: aborter.signal })).toEqual({ kind: 'aborted' });
    const closing = waiter.lock({ timeoutMs: 60_000 });
    waiter.close();
    expect(await closing).toEqual({ kind: 'aborted' });
    holder.unlock();
    expect(isFreeForOthers(lockFile(project))).toBe(true);
  });

  it('is taken on the file that stands there, when the one before was removed or replaced', () => {
    const project = newProject();
    const [one, other] = [stateLockOf(project), stateLockOf(project)];
    one.tryLock();
    one.unlock();
    unlinkSync(lockFile(project));
    expect(one.tryLock()).toEqual({ kind: 'locked' });
    expect(other.tryLock()).toEqual({ kind: 'busy' });
    one.unlock();
    writeFileSync(path.join(project, 'new'), '');
    renameSync(path.join(project, 'new'), lockFile(project));
    expect(other.tryLock()).toEqual({ kind: 'locked' });
    expect(one.tryLock()).toEqual({ kind: 'busy' });
  });

  it.each(['fcntl', 'flock'] as const)(
    'is taken on the file that stands there, when the one before has another name: %s',
    (kind) => {
      const project = newProject();
      const file = lockFile(project);
      const [one, other] = [stateLockOf(project, { kind }), stateLockOf(project, { kind })];
      one.tryLock();
      one.unlock();
      renameSync(file, path.join(project, 'aside'));
      expect(one.tryLock()).toEqual({ kind: 'locked' });
      expect(other.tryLock()).toEqual({ kind: 'busy' });
      one.unlock();
      linkSync(file, path.join(project, 'kept'));
      unlinkSync(file);
      expect(other.tryLock()).toEqual({ kind: 'locked' });
      expect(one.tryLock()).toEqual({ kind: 'busy' });
      expect(statSync(file).ino).not.toBe(statSync(path.join(project, 'kept')).ino);
    },
  );

  it('is not kept on a file behind a link that took its place', () => {
    const project = newProject();
    const file = lockFile(project);
    const lock = stateLockOf(project);
    lock.tryLock();
    lock.unlock();
    renameSync(file, path.join(project, 'aside'));
    symlinkSync(path.join(project, 'aside'), file);
    expect(lock.tryLock()).toEqual({ kind: 'broken', error: 'The lock cannot be taken: it is a link (ELOOP).' });
    expect(isFreeForOthers(path.join(project, 'aside'))).toBe(true);
  });

  it('has its files where the task tools have them, and makes their folders', () => {
    const project = newProject();
    rmSync(path.join(project, '.todo2'), { recursive: true });
    const locks = [taskLock(project, 'T-1.2'), gitSyncLock(project), stateLock(project)];
    for (const made of locks) {
      if (made.kind === 'refused') throw new Error(made.reason);
      expect(made.lock.tryLock().kind).toBe('locked');
      made.lock.close();
    }
    expect(readdirSync(path.join(project, '.todo2'))).toEqual(['.git-sync.lock', 'locks', 'state.todo2.json.lock']);
    expect(readdirSync(path.join(project, '.todo2', 'locks'))).toEqual(['task_T-1.2.lock']);
    const nowhere = stateLockOf(path.join(project, 'not', 'there'));
    expect(nowhere.tryLock()).toEqual({ kind: 'broken', error: 'The lock cannot be taken: it is not there (ENOENT).' });
    expect(existsSync(path.join(project, 'not'))).toBe(false);
  });

  it.each(['../../../etc/passwd', 'a/b', 'a\\b', 'a\0b', '', '/', 'x'.repeat(300), 'é'.repeat(130)])(
    'refuses a task id that names no file of its folder: %j',
    (id) => {
      const project = newProject();
      expect(taskLock(project, id).kind).toBe('refused');
      expect(readdirSync(path.join(project, '.todo2', 'locks'))).toEqual([]);
    },
  );

  it.each(['..', '.', '...', ' ', '\n', '-'])('takes %j for a plain id', (id) => {
    const project = newProject();
    const made = taskLock(project, id);
    if (made.kind === 'refused') throw new Error(made.reason);
    expect(made.lock.tryLock().kind).toBe('locked');
    made.lock.close();
    expect(readdirSync(path.join(project, '.todo2', 'locks'))).toEqual([`task_${id}.lock`]);
  });

  it('follows no link at the end of its path, and waits for nothing else that stands there', () => {
    const project = newProject();
    const elsewhere = path.join(project, 'elsewhere');
    symlinkSync(elsewhere, lockFile(project));
    expect(stateLockOf(project).tryLock()).toEqual({
      kind: 'broken',
      error: 'The lock cannot be taken: it is a link (ELOOP).',
    });
    expect(existsSync(elsewhere)).toBe(false);
    expect(lstatSync(lockFile(project)).isSymbolicLink()).toBe(true);
    unlinkSync(lockFile(project));
    execFileSync('mkfifo', [lockFile(project)]);
    expect(stateLockOf(project).tryLock().kind).toBe('broken');
    unlinkSync(lockFile(project));
    mkdirSync(lockFile(project));
    expect(stateLockOf(project).tryLock().kind).toBe('broken');
  });

  it('is not inherited by a program that is started', async () => {
    const project = newProject();
    const lock = stateLockOf(project, { kind: 'flock' });
    lock.tryLock();
    const child = startPython('import sys\nprint("up", flush=True)\nsys.stdin.read()', []);
    await child.line();
    lock.close();
    expect(stateLockOf(project, { kind: 'flock' }).tryLock().kind).toBe('locked');
  });
});

describe.skipIf(!isLinux || !hasCommands('flock', 'python3'))('between our file locks and those of others', () => {
  const pairs = TAKERS.flatMap((first) => TAKERS.map((second) => [first, second] as const));
  it.each(pairs)('%s first, then %s', async (first, second) => {
    const project = newProject();
    const holder = await startTaker(first, project);
    expect(await holder.line()).toBe('held');
    const other = await startTaker(second, project);
    const saidHeld = other.line();
    if (exclude(first, second)) {
      expect(await Promise.race([saidHeld, pause(500).then(() => 'nothing')])).toBe('nothing');
    } else {
      // The holder has its lock all the time.
      expect(await saidHeld).toBe('held');
    }
    await holder.finish();
    expect(await saidHeld).toBe('held');
  });
});

/**
 * Each of these goes wrong with the classic call: the first half shows it in a bare program, the second that ours holds.
 */
describe.skipIf(!isLinux || !hasCommands('python3'))('the traps of classic POSIX locks', () => {
  it('that any other open and close of the file drops the lock', async () => {
    const project = newProject();
    const file = lockFile(project);
    const classic = startPython(
      `
import fcntl, sys
f = open(sys.argv[1], 'a+')
fcntl.lockf(f, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.readline()
open(sys.argv[1]).close()
print('looked', flush=True)
sys.stdin.read()
`,
      [file],
    );
    await classic.line();
    expect(isFreeForOthers(file)).toBe(false);
    classic.child.stdin?.write('\n');
    await classic.line();
    expect(isFreeForOthers(file), 'the trap is gone').toBe(true);
    await classic.finish();

    expect(stateLockOf(project).tryLock().kind).toBe('locked');
    closeSync(openSync(file, 'r'));
    readFileSync(file);
    expect(isFreeForOthers(file)).toBe(false);
  });

  it('that a second taker in one process is granted the lock as well, and its end ends both', () => {
    const project = newProject();
    const file = lockFile(project);
    const script = `
import fcntl, sys
a = open(sys.argv[1], 'a+'); b = open(sys.argv[1], 'a+')
fcntl.lockf(a, fcntl.LOCK_EX | fcntl.LOCK_NB)
fcntl.lockf(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
print('both', end='')
`;
    expect(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }), 'the trap is gone').toBe('both');

    const [one, other] = [stateLockOf(project), stateLockOf(project)];
    expect([one.tryLock().kind, other.tryLock().kind]).toEqual(['locked', 'busy']);
    other.close();
    expect(isFreeForOthers(file)).toBe(false);
  });

  it('that all threads of a process are one taker', async () => {
    const project = newProject();
    const script = `
import fcntl, sys, threading
got = []
def take():
    f = open(sys.argv[1], 'a+')
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    got.append(f)
threads = [threading.Thread(target=take) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(len(got), end='')
`;
    const classic = execFileSync('python3', ['-c', script, lockFile(project)], { encoding: 'utf8' });
    expect(classic, 'the trap is gone').toBe('2');

    expect(stateLockOf(project).tryLock().kind).toBe('locked');
    const thread = new Worker(await workerProgram(path.join(import.meta.dirname, 'thread.worker.ts')), {
      workerData: project,
    });
    onTestFinished(async () => {
      await thread.terminate();
    });
    const said = await new Promise((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
    expect(said).toBe('busy');
    await thread.terminate();
    expect(isFreeForOthers(lockFile(project)), 'the end of a thread ends no lock of another').toBe(false);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
