import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileLockProtocol } from '../../../core/file-lock';
import { createHost } from '../../../core/host/create-host';
import type { LocksLook } from '../../../core/host/kernel-locks';
import { type Claim, flagsOf, judge, type PlanOutcome, type SignalAction, type Transition } from '../../../core/model';
import type { Reading, Source } from '../../../core/port';
import { hasCommands, lockFile, newProject, startProgram, startPython, startTaker } from './programs';

const canLook = process.platform === 'linux' && hasCommands('flock', 'python3');

/** A source as the inspector uses it: hints are readings, and claims are their fold. */
class Opened {
  readonly source: Source;
  readonly claims = new Map<string, Claim>();
  readonly transitions: Transition[] = [];
  last: Reading | null = null;
  readings = 0;

  constructor(folder: string, host = createHost()) {
    this.source = fileLockProtocol.open(folder, host);
    onTestFinished(() => {
      this.source.close();
    });
  }

  watch(): void {
    onTestFinished(this.source.watch(() => void this.read()));
  }

  async read(fresh = false): Promise<Reading> {
    const reading = await this.source.read({ signal: new AbortController().signal, fresh });
    this.readings += 1;
    if (reading.reset) this.claims.clear();
    for (const id of reading.removed) this.claims.delete(id);
    for (const claim of reading.upserted) this.claims.set(claim.id, claim);
    this.transitions.push(...reading.transitions);
    this.last = reading;
    return reading;
  }

  get only(): Claim {
    const [claim, ...others] = this.claims.values();
    if (claim === undefined || others.length > 0) throw new Error(`${this.claims.size.toString()} claims`);
    return claim;
  }

  async until(isSo: (opened: this) => boolean): Promise<void> {
    await expect.poll(() => isSo(this), { timeout: 5_000, interval: 5 }).toBe(true);
  }

  async planFor(action: SignalAction, claim = this.only): Promise<PlanOutcome> {
    return this.source.plan({ action, claims: [{ claimId: claim.id, seen: claim.seen }], actAs: null });
  }

  async commit(outcome: PlanOutcome) {
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    return this.source.commit(outcome.plan, { reason: 'a test', signal: new AbortController().signal });
  }
}

/** Shares the lock, and has it alone after the next line of its input. */
const SHARED = `
import fcntl, sys
f = open(sys.argv[1], 'a+')
fcntl.lockf(f, fcntl.LOCK_SH)
print('shared', flush=True)
sys.stdin.readline()
fcntl.lockf(f, fcntl.LOCK_EX)
print('alone', flush=True)
sys.stdin.read()
`;

const verdictOf = (claim: Claim) => judge(claim, claim.evidence, Date.now());

describe.skipIf(!canLook)('the locks of a project, as claims', () => {
  it('are live while the kernel lists them, and name file, holder and evidence', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const opened = new Opened(project);
    const reading = await opened.read();
    expect(reading).toMatchObject({
      reset: true,
      status: { kind: 'readable' },
      head: null,
      findings: [],
      transitions: [],
    });
    const claim = opened.only;
    expect(claim).toMatchObject({
      protocol: 'file-lock',
      kind: 'file-lock',
      resource: '.todo2/state.todo2.json.lock',
      title: 'the state of all tasks',
      lease: { kind: 'none' },
      acquiredAt: null,
      possibleActions: ['terminate'],
    });
    expect(claim.holder.process).toMatchObject({ pid: holder.pid });
    expect(claim.holder.name).toMatch(/^python3 -c /);
    expect(verdictOf(claim)).toBe('live');
    expect(claim.evidence).toMatchObject([
      { kind: 'kernel-lists', lock: 'POSIX', access: 'write', range: '0 to the end' },
      { kind: 'holds-descriptor', pid: holder.pid, fd: 3 },
    ]);
    const record = await opened.source.record(claim.id);
    expect(record?.text).toContain(`/proc/${holder.pid.toString()}/fdinfo/3`);
    expect(record?.text.match(new RegExp(`POSIX +ADVISORY +WRITE ${holder.pid.toString()} `, 'g'))).toHaveLength(2);
    await holder.finish();
    await opened.read();
    expect(opened.claims.size).toBe(0);
    expect(await opened.source.record(claim.id)).toBeNull();
  });

  it('come, are waited for and go under the eyes of who watches, each change observed', async () => {
    const project = newProject();
    const opened = new Opened(project);
    await opened.read();
    opened.watch();
    const holder = await startTaker('flock(1)', project);
    await holder.line();
    await opened.until(({ claims }) => claims.size === 1);
    const { id } = opened.only;
    expect(opened.only.acquiredAt).not.toBeNull();
    const [waiter, other] = [
      await startTaker('flock(1)', project),
      startPython('import sys\nf = open(sys.argv[1])\nprint("open", flush=True)\nsys.stdin.read()', [
        lockFile(project),
      ]),
    ];
    await other.line();
    await opened.until(({ only }) => only.waiters?.length === 2);
    const waiters = opened.only.waiters ?? [];
    const how = waiters.map((each) => [each.process?.pid, each.how] as const);
    expect(new Map(how)).toEqual(
      new Map([
        [waiter.pid, 'blocked'],
        [other.pid, 'possible'],
      ]),
    );
    const since = waiters.find(({ how: kind }) => kind === 'blocked')?.sinceMs;
    await other.finish();
    await opened.until(({ only }) => only.waiters?.length === 1);
    expect(opened.only.waiters?.[0]?.sinceMs).toBe(since);
    const seen = opened.only.seen;
    await holder.finish();
    await opened.until(({ claims }) => [...claims.values()].some((claim) => claim.holder.process?.pid === waiter.pid));
    expect(opened.only.seen).not.toBe(seen);
    expect(opened.transitions.map(({ kind, basis }) => [kind, basis])).toEqual([
      ['taken', 'observed'],
      ['holder-died', 'observed'],
      ['taken', 'observed'],
    ]);
    expect(await opened.source.history?.(id, 10)).toEqual(opened.transitions.filter(({ claimId }) => claimId === id));
  });

  it('that are given back by a program that goes on are released', async () => {
    const project = newProject();
    const script =
      'import fcntl,sys\nf=open(sys.argv[1],"a+")\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint("held",flush=True)\nsys.stdin.readline()\nfcntl.lockf(f,fcntl.LOCK_UN)\nprint("free",flush=True)\nsys.stdin.read()';
    const holder = startPython(script, [lockFile(project)]);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    holder.child.stdin?.write('\n');
    await holder.line();
    await opened.read();
    expect(opened.transitions).toMatchObject([{ kind: 'released', basis: 'observed' }]);
  });

  it('tell nothing and cost no reading while nothing changes', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    opened.watch();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(opened.readings).toBe(1);
    const again = await opened.read();
    expect([again.upserted, again.removed, again.reset]).toEqual([[], [], false]);
    expect((await opened.read(true)).upserted).toHaveLength(1);
  });

  it('of both kinds on one file by two programs are a finding, the loudest; of two readers they are none', async () => {
    const project = newProject();
    const [posix, flock] = [await startTaker('python lockf', project), await startTaker('flock(1)', project)];
    await Promise.all([posix.line(), flock.line()]);
    const opened = new Opened(project);
    const { findings } = await opened.read();
    expect(findings).toMatchObject([
      { code: 'double-holder', severity: 'error', file: '.todo2/state.todo2.json.lock' },
    ]);
    expect(findings[0]?.message).toContain(posix.pid.toString());
    expect(findings[0]?.message).toContain(flock.pid.toString());
    expect([...opened.claims.values()].map((claim) => [flagsOf(claim, Date.now()), verdictOf(claim)])).toEqual([
      [['two-holders'], 'live'],
      [['two-holders'], 'live'],
    ]);
    await posix.finish();
    expect((await opened.read()).findings).toEqual([]);
    await flock.finish();

    const readers = [1, 2].map(() => startProgram('flock', ['-s', lockFile(project), 'sh', '-c', 'echo held; cat']));
    readers.push(startPython(SHARED, [lockFile(project)]));
    for (const reader of readers) await reader.line();
    expect((await opened.read()).findings).toEqual([]);
    expect(opened.claims.size).toBe(3);
  });

  it('of a file that was removed or replaced are a warning', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    const { id } = opened.only;
    unlinkSync(lockFile(project));
    expect((await opened.read(true)).findings).toMatchObject([{ code: 'lock-file-lost', severity: 'warning' }]);
    writeFileSync(lockFile(project), '');
    const { findings } = await opened.read(true);
    expect(findings[0]?.message).toContain('was replaced by another file');
    expect(opened.only.id).toBe(id);
    expect(verdictOf(opened.only)).toBe('live');
  });

  it('belong to the innermost project, also through a link', async () => {
    const outer = newProject();
    const inner = path.join(outer, 'sub', 'inner');
    mkdirSync(path.join(inner, '.todo2'), { recursive: true });
    const holder = await startTaker('flock(1)', inner);
    await holder.line();
    const outerSource = new Opened(outer);
    const { findings } = await outerSource.read();
    expect(outerSource.claims.size).toBe(0);
    expect(findings).toMatchObject([{ code: 'locks-of-inner-projects', severity: 'info' }]);
    const innerSource = new Opened(inner);
    await innerSource.read();
    expect(innerSource.only.resource).toBe('.todo2/state.todo2.json.lock');

    const linked = newProject();
    const real = newProject();
    renameSync(path.join(linked, '.todo2'), path.join(linked, 'aside'));
    symlinkSync(path.join(real, '.todo2'), path.join(linked, '.todo2'));
    const other = await startTaker('python lockf', linked);
    await other.line();
    const linkedSource = new Opened(linked);
    await linkedSource.read();
    expect(linkedSource.only.resource).toBe('.todo2/state.todo2.json.lock');
  });

  it('are found by the project, its folders, and any folder in which something is locked', async () => {
    const project = newProject();
    for (const folder of [project, path.join(project, '.todo2'), path.join(project, '.todo2', 'locks')]) {
      expect(await fileLockProtocol.recognise(folder)).toBe(project);
    }
    const plain = path.join(project, 'plain');
    mkdirSync(plain);
    expect(await fileLockProtocol.recognise(plain)).toBeNull();
    expect(await fileLockProtocol.recogniseOpened?.(plain)).toBeNull();
    const holder = startProgram('flock', [path.join(plain, 'a.lock'), 'sh', '-c', 'echo held; cat']);
    await holder.line();
    expect(await fileLockProtocol.recogniseOpened?.(plain)).toBe(plain);
    expect(await fileLockProtocol.recognise(path.join(project, 'nothing'))).toBeNull();
  });

  it('are not known where the system lists none', async () => {
    const { clock, processes } = createHost();
    const source = fileLockProtocol.open(newProject(), { clock, processes });
    const reading = await source.read({ signal: new AbortController().signal });
    expect(reading.status).toEqual({
      kind: 'undecided',
      reason: 'Who holds a file lock cannot be known here: this system does not list its locks.',
    });
    source.close();
  });
});

describe.skipIf(!canLook)('signalling the holder of a lock', () => {
  it('tells it to end, and says that the lock is gone', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    const outcome = await opened.planFor('terminate');
    expect(outcome).toMatchObject({
      kind: 'planned',
      plan: {
        action: 'terminate',
        writes: [],
        verdict: 'live',
        needs: { reason: true, confirmation: holder.pid.toString() },
        warnings: [],
      },
    });
    if (outcome.kind !== 'planned') return;
    expect(outcome.plan.consequence).toMatch(
      new RegExp(`^Process ${holder.pid.toString()} of user .* \\(.*python3.* -c .*SIGTERM`),
    );
    const ended = new Promise((resolve) =>
      holder.child.once('exit', (_, signal) => {
        resolve(signal);
      }),
    );
    expect(await opened.commit(outcome)).toEqual({
      kind: 'done',
      message: `Process ${holder.pid.toString()} was told to end. The lock is gone.`,
      written: [],
      warnings: [],
    });
    expect(await ended).toBe('SIGTERM');
    await opened.read();
    expect(opened.claims.size).toBe(0);
    expect(opened.transitions).toMatchObject([{ kind: 'holder-died' }]);
    expect((await opened.commit(outcome)).kind).toBe('conflict');
  });

  it('kills only one that was told to end and did not', { timeout: 20_000 }, async () => {
    const project = newProject();
    const script =
      'import fcntl,signal,sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nf=open(sys.argv[1],"a+")\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint("held",flush=True)\nsys.stdin.read()';
    const holder = startPython(script, [lockFile(project)]);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    expect(opened.only.possibleActions).toEqual(['terminate']);
    expect((await opened.planFor('kill')).kind).toBe('refused');
    const told = await opened.commit(await opened.planFor('terminate'));
    expect(told).toMatchObject({
      kind: 'done',
      message: `Process ${holder.pid.toString()} was told to end. It has the lock still.`,
    });
    const before = opened.only.seen;
    await opened.read();
    expect(opened.only.possibleActions).toEqual(['terminate', 'kill']);
    expect(opened.only.seen).toBe(before);
    expect(await opened.commit(await opened.planFor('kill'))).toMatchObject({
      kind: 'done',
      message: `Process ${holder.pid.toString()} was killed. The lock is gone.`,
    });
  });

  it('says that a shared lock stays with those who share it', async () => {
    const project = newProject();
    const holder = startProgram('flock', [lockFile(project), 'sh', '-c', 'echo $$; exec sleep 30']);
    const child = Number(await holder.line());
    onTestFinished(() => {
      try {
        process.kill(child, 'SIGKILL');
      } catch {
        // It has ended.
      }
    });
    const opened = new Opened(project);
    await opened.read();
    const outcome = await opened.planFor('terminate');
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    expect(outcome.plan.warnings[0]).toContain(child.toString());
    expect(await opened.commit(outcome)).toMatchObject({
      kind: 'done',
      message: `Process ${holder.pid.toString()} was told to end, and it has the lock no longer.`,
      warnings: ['The lock is still held: another process that shared it has it.'],
    });
    await opened.read();
    expect(opened.only.holder.process?.pid).toBe(child);
    expect(opened.only.evidence.map(({ kind }) => kind)).toEqual(['kernel-lists', 'holds-descriptor']);
  });

  it('signals nobody when the lock is in other hands than was seen', async () => {
    const project = newProject();
    const first = await startTaker('python lockf', project);
    await first.line();
    const opened = new Opened(project);
    await opened.read();
    const outcome = await opened.planFor('terminate');
    const seen = opened.only;
    const second = await startTaker('python lockf', project);
    await first.finish();
    await second.line();
    expect((await opened.commit(outcome)).kind).toBe('conflict');
    expect((await opened.planFor('terminate', seen)).kind).toBe('conflict');
    expect(second.child.exitCode).toBeNull();
    expect(second.child.signalCode).toBeNull();
  });

  it('signals nobody when the holder has the lock in another way than was seen', async () => {
    const project = newProject();
    const holder = startPython(SHARED, [lockFile(project)]);
    await holder.line();
    const opened = new Opened(project);
    await opened.read();
    const [{ id, seen }, outcome] = [opened.only, await opened.planFor('terminate')];
    holder.child.stdin?.write('\n');
    await holder.line();
    expect((await opened.commit(outcome)).kind).toBe('conflict');
    await opened.read();
    expect(opened.only.id).toBe(id);
    expect(opened.only.seen).not.toBe(seen);
    expect(holder.child.signalCode).toBeNull();
  });

  it('does not take a list that cannot be read for a lock that is free', async () => {
    const project = newProject();
    const holder = await startTaker('python lockf', project);
    await holder.line();
    const host = createHost();
    const why = "the kernel's list of locks cannot be read: too many files are open (EMFILE)";
    let isReadable = true;
    const opened = new Opened(project, {
      ...host,
      kernelLocks: {
        follow: (...given) => {
          const real = host.kernelLocks?.follow(...given) ?? expect.fail('no locks');
          const seen = (look: LocksLook): LocksLook => (isReadable ? look : { ...look, locks: [], unreadable: why });
          return {
            look: (options) => seen(real.look(options)),
            peek: () => seen(real.peek()),
            watch: (hint) => real.watch(hint),
            record: (lock) => real.record(lock),
            close: () => {
              real.close();
            },
          };
        },
      },
    });
    await opened.read();
    const plan = await opened.planFor('terminate');
    isReadable = false;
    expect(await opened.commit(plan)).toEqual({
      kind: 'failed',
      error: `Whether that lock is held is not known: ${why}. Nobody was signalled.`,
    });
    expect(await opened.planFor('terminate')).toEqual({
      kind: 'refused',
      reasons: [`Whether that lock is held is not known: ${why}.`],
    });
    expect((await opened.read()).status).toMatchObject({ kind: 'out-of-reach' });
    expect(opened.claims.size).toBe(1);
    expect(holder.child.signalCode).toBeNull();
  });

  it('does not signal itself, nor does it release anything', async () => {
    const project = newProject();
    const { stateLock } = await import('../../../core/file-lock');
    const made = stateLock(project);
    if (made.kind === 'refused') throw new Error(made.reason);
    made.lock.tryLock();
    const opened = new Opened(project);
    await opened.read();
    expect(opened.only.possibleActions).toEqual([]);
    expect(await opened.planFor('terminate')).toEqual({
      kind: 'refused',
      reasons: ['Lockscope does not signal itself.'],
    });
    const released = await opened.source.plan({
      action: 'release',
      claims: [{ claimId: opened.only.id, seen: opened.only.seen }],
      actAs: 'me',
    });
    expect(released.kind).toBe('refused');
    made.lock.close();
  });
});
