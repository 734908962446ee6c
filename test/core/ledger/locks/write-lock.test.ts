import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../../core/host/create-host';
import { type FileSteps, nodeSteps } from '../../../../core/host/file-steps';
import { fileSteps } from '../../../../core/host/quickest-steps';
import { inspectWriteLock } from '../../../../core/ledger/locks/inspect-write-lock';
import {
  formatLockContent,
  newMark,
  ownLockTempName,
  ownTempName,
  parseOwnTempName,
} from '../../../../core/ledger/locks/lock-content';
import { acquireWriteLock, type WriteLock } from '../../../../core/ledger/locks/write-lock';
import { allEvidence, type Claim, judge, type ProcessIdentity, type Verdict } from '../../../../core/model';
import { eventually, sleep } from '../../../helpers/inspect';
import { systemError } from '../../../helpers/system-calls';
import { makeProof, NEVER, type Proof, readAfresh, sourceOf } from '../proof';

const host = createHost();
const lockOf = (proof: Proof) => join(proof.ledger, 'ledger.lock');

/** The steps of this machine, and those of Node, which every machine has. */
const WAYS = [
  ['own', await fileSteps()],
  ['node', nodeSteps],
] as const;

async function acquired(proof: Proof, steps: FileSteps = WAYS[0][1]): Promise<WriteLock> {
  const outcome = await acquireWriteLock(proof.ledger, { host, timeoutMs: 500, steps });
  if (outcome.kind !== 'acquired') throw new Error(outcome.kind);
  return outcome.lock;
}

/** As the living program does it. */
function takeForeign(proof: Proof): void {
  const fd = openSync(lockOf(proof), 'wx', 0o600);
  writeFileSync(fd, '{"agent_id":"append-operation","acquired_at":"2026-01-15T10:30:00.123456789+01:00"}\n');
  closeSync(fd);
}

describe.each(WAYS)('taking the write lock, by the steps of %s', (_way, steps) => {
  it('is as the protocol writes it, whole, 0600, with a second name that tells whose it is, and leaves nothing', async () => {
    const proof = makeProof('living');
    const lock = await acquired(proof, steps);
    const [aside = '', ...others] = readdirSync(proof.ledger).sort();
    expect(others).toEqual(['000001.json', 'ledger.lock']);
    expect(parseOwnTempName(aside, host.processes.self())).toEqual(host.processes.self());
    expect(statSync(join(proof.ledger, aside)).ino).toBe(statSync(lockOf(proof)).ino);
    expect(statSync(lockOf(proof)).mode & 0o777).toBe(0o600);
    const text = readFileSync(lockOf(proof), 'utf8');
    expect(text.endsWith('}\n')).toBe(true);
    const record = JSON.parse(text) as { agent_id: string; acquired_at: string };
    expect(record.agent_id).toContain(`pid=${process.pid.toString()} `);
    expect(record.acquired_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d)$/);
    expect(lock.release()).toBe('released');
    expect(lock.release()).toBe('released');
    expect(readdirSync(proof.ledger)).toEqual(['000001.json']);
  });

  it('keeps a program out that creates it without replacing, and is kept out by it until its timeout', async () => {
    const proof = makeProof('living');
    const lock = await acquired(proof, steps);
    expect(() => {
      takeForeign(proof);
    }).toThrow('EEXIST');
    lock.release();
    takeForeign(proof);
    const before = readFileSync(lockOf(proof), 'utf8');
    const startedMs = performance.now();
    const outcome = await acquireWriteLock(proof.ledger, { host, steps, timeoutMs: 300 });
    const tookMs = performance.now() - startedMs;
    expect(outcome.kind).toBe('busy');
    expect(tookMs).toBeGreaterThanOrEqual(299);
    expect(tookMs).toBeLessThan(2_000);
    expect(readFileSync(lockOf(proof), 'utf8')).toBe(before);
    expect(readdirSync(proof.ledger).sort()).toEqual(['000001.json', 'ledger.lock']);
  });

  it('names aside are used again, never by two at once', async () => {
    const proof = makeProof('living');
    const asides = () => readdirSync(proof.ledger).filter((name) => name.startsWith('.ledger.lock-'));
    const first = await acquired(proof, steps);
    const [name] = asides();
    const waiting = acquireWriteLock(proof.ledger, { host, steps, timeoutMs: 500 });
    expect(asides()).toHaveLength(2);
    first.release();
    const second = await waiting;
    expect(asides()).toHaveLength(1);
    if (second.kind === 'acquired') second.lock.release();
    expect(asides()).toEqual([]);
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 3; i += 1) {
      const lock = await acquired(proof, steps);
      seen.add(asides()[0]);
      lock.release();
    }
    expect([...seen]).toHaveLength(1);
    expect(name).toMatch(/^\.ledger\.lock-lockscope-/);
  });

  it('is moved into its place, whole, where there are no links', async () => {
    const proof = makeProof('living');
    const noLinks: FileSteps = {
      create: (at) => steps.create(at),
      write: (fd, text) => {
        steps.write(fd, text);
      },
      lookAtOpen: (fd) => steps.lookAtOpen(fd),
      lookAt: (at) => steps.lookAt(at),
      close: (fd) => {
        steps.close(fd);
      },
      unlink: (at) => {
        steps.unlink(at);
      },
      link: () => {
        throw systemError('EPERM');
      },
    };
    const lock = await acquired(proof, noLinks);
    expect(readdirSync(proof.ledger).sort()).toEqual(['000001.json', 'ledger.lock']);
    expect(inspectWriteLock(proof.ledger)).toMatchObject({ incomplete: null });
    expect((await acquireWriteLock(proof.ledger, { host, steps: noLinks, timeoutMs: 50 })).kind).toBe('busy');
    expect(readdirSync(proof.ledger).sort()).toEqual(['000001.json', 'ledger.lock']);
    expect(lock.release()).toBe('released');
    (await acquired(proof, noLinks)).release();
    expect(readdirSync(proof.ledger)).toEqual(['000001.json']);
  });

  it('two of ours exclude each other, in one process too', async () => {
    const proof = makeProof('seed');
    const lock = await acquired(proof, steps);
    expect((await acquireWriteLock(proof.ledger, { host, steps, timeoutMs: 50 })).kind).toBe('busy');
    lock.release();
    (await acquired(proof, steps)).release();
  });

  it('is got as soon as the other lets go, with the time at which it was got', async () => {
    const proof = makeProof('living');
    takeForeign(proof);
    const waiting = acquireWriteLock(proof.ledger, { host, steps });
    await sleep(900);
    rmSync(lockOf(proof));
    const freedMs = Date.now();
    const outcome = await waiting;
    expect(outcome.kind).toBe('acquired');
    expect(Date.now() - freedMs).toBeLessThan(500);
    // Not the time at which the wait began.
    const { acquired_at } = JSON.parse(readFileSync(lockOf(proof), 'utf8')) as { acquired_at: string };
    expect(Date.parse(acquired_at)).toBeGreaterThan(freedMs - 600);
    if (outcome.kind === 'acquired') outcome.lock.release();
  });

  it.each([0, 100])('an abort after %i ms ends the wait and leaves nothing', async (afterMs) => {
    const proof = makeProof('living');
    takeForeign(proof);
    const controller = new AbortController();
    if (afterMs === 0) controller.abort();
    else setTimeout(() => controller.abort(), afterMs);
    const startedMs = performance.now();
    expect(await acquireWriteLock(proof.ledger, { host, steps, signal: controller.signal })).toEqual({
      kind: 'aborted',
    });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(readdirSync(proof.ledger).sort()).toEqual(['000001.json', 'ledger.lock']);
  });

  it('says so when the path is none', async () => {
    const outcome = await acquireWriteLock('/tmp/a\0b', { host, steps });
    expect(outcome).toMatchObject({ kind: 'broken' });
  });

  it('says so when there is no folder to take it in', async () => {
    const proof = makeProof('living');
    rmSync(proof.ledger, { recursive: true });
    const outcome = await acquireWriteLock(proof.ledger, { host, steps });
    expect(outcome).toMatchObject({ kind: 'broken', error: expect.stringContaining('it is not there') as string });
  });
});

describe('a lock of ours whose bytes were lost, as after a power cut', () => {
  const self = host.processes.self();
  const before = { ...self, bootId: 'another' };

  it.each([
    ['empty', ''],
    ['half written', '\0\0\0'],
  ])('%s: the name aside proves whose it was', async (_what, left) => {
    const proof = makeProof('living');
    const aside = join(proof.ledger, ownLockTempName(before, 1));
    writeFileSync(aside, left);
    linkSync(aside, lockOf(proof));
    const claim = await lockClaim(proof);
    expect(claim?.holder.process).toMatchObject({ pid: self.pid });
    // Without a machine id, two hosts of one name cannot be told from one that was restarted.
    const isTold = self.host.includes('/');
    if (claim !== undefined) expect(verdictOf(claim)).toBe(isTold ? 'abandoned' : 'unknown');
    expect(claim?.evidence).toContainEqual({ kind: 'no-temp-file-beside' });
  });

  it('one that is another file than the name aside stays unknown; so does a whole one of others', async () => {
    const proof = makeProof('living');
    const aside = join(proof.ledger, ownLockTempName(before, 1));
    writeFileSync(aside, '');
    writeFileSync(lockOf(proof), '');
    const other = await lockClaim(proof);
    expect(other?.holder).toEqual({ name: null, process: null });
    rmSync(lockOf(proof));
    writeFileSync(aside, '{"agent_id":"append-operation"}');
    linkSync(aside, lockOf(proof));
    expect((await lockClaim(proof))?.holder).toEqual({ name: 'append-operation', process: null });
  });
});

describe.each(WAYS)('releasing never removes what is not ours, by the steps of %s', (_way, steps) => {
  const replacements: readonly (readonly [string, (path: string, ours: string) => void])[] = [
    ['a lock of others', (path) => writeFileSync(path, '{"agent_id":"append-operation"}\n')],
    ['a lock of the very same bytes', (path, ours) => writeFileSync(path, ours)],
    ['a folder', (path) => mkdirSync(path)],
    ['a named pipe', (path) => execFileSync('mkfifo', [path])],
    ['a link to our own lock', (path) => symlinkSync(`${path}.aside`, path)],
    [
      'a lock of the very same size and times',
      (path, ours) => {
        const { atime, mtime } = statSync(`${path}.aside`);
        writeFileSync(path, ours.replace(/[0-9]/g, '0'));
        utimesSync(path, atime, mtime);
      },
    ],
  ];
  it.each(replacements)('%s stays', async (_what, replace) => {
    const proof = makeProof('living');
    const path = lockOf(proof);
    const lock = await acquired(proof, steps);
    const ours = readFileSync(path, 'utf8');
    // Kept, so that its inode is not used again.
    renameSync(path, `${path}.aside`);
    replace(path, ours);
    expect(lock.release()).toBe('not-ours');
    expect(readdirSync(proof.ledger)).toContain('ledger.lock');
  });

  it('a lock that somebody wrote into stays; one that is gone is not ours any more', async () => {
    const proof = makeProof('living');
    const first = await acquired(proof, steps);
    writeFileSync(lockOf(proof), ' ', { flag: 'a' });
    expect(first.release()).toBe('not-ours');
    rmSync(lockOf(proof));
    const second = await acquired(proof, steps);
    rmSync(lockOf(proof));
    expect(second.release()).toBe('not-ours');
    expect(readdirSync(proof.ledger)).toEqual(['000001.json']);
  });

  it('one whose time alone was changed is still ours', async () => {
    const proof = makeProof('living');
    const lock = await acquired(proof, steps);
    utimesSync(lockOf(proof), 1_700_000_000, 1_700_000_000);
    expect(lock.release()).toBe('released');
    expect(readdirSync(proof.ledger)).toEqual(['000001.json']);
  });
});

async function lockClaim(proof: Proof): Promise<Claim | undefined> {
  return (await readAfresh(proof)).upserted.find(({ kind }) => kind === 'write-lock');
}

function verdictOf(claim: Claim): Verdict {
  return judge(claim, allEvidence(claim, Date.now()), Date.now());
}

describe('a lock that is held for far longer than a write takes', () => {
  const heldFindings = async (proof: Proof) =>
    (await readAfresh(proof)).findings.filter(({ code }) => code === 'write-lock-held');

  it('is a finding of its own: nobody can write meanwhile', async () => {
    const proof = makeProof('living');
    const record = { agent_id: 'append-operation', acquired_at: '2026-01-15T10:30:00Z' };
    writeFileSync(lockOf(proof), JSON.stringify(record));
    const [finding, ...others] = await heldFindings(proof);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warning', at: null, file: 'ledger/ledger.lock' });
    expect(finding?.message).toContain('held since 2026-01-15T10:30:00Z');
  });

  it('is none before that', async () => {
    const proof = makeProof('living');
    writeFileSync(
      lockOf(proof),
      JSON.stringify({ agent_id: 'append-operation', acquired_at: new Date().toISOString() }),
    );
    expect(await heldFindings(proof)).toEqual([]);
  });
});

describe('a lock that stands there is recognised', () => {
  const odd: readonly (readonly [string, (path: string) => void])[] = [
    ['a directory', (path) => mkdirSync(path)],
    ['empty', (path) => writeFileSync(path, '')],
    ['half written', (path) => writeFileSync(path, '{"agent_id":"append-oper')],
    ['half written', (path) => writeFileSync(path, Buffer.from([0, 255, 254, 10, 34]))],
    ['half written', (path) => writeFileSync(path, '['.repeat(60_000))],
    [
      'half written',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 1024 ** 3);
      },
    ],
    ['not a file', (path) => execFileSync('mkfifo', [path])],
    ['not a file', (path) => symlinkSync('/dev/zero', path)],
  ];
  it.each(odd)('%s', async (what, make) => {
    const proof = makeProof('living');
    make(lockOf(proof));
    const claim = await lockClaim(proof);
    expect(claim?.evidence).toContainEqual({ kind: 'record-incomplete', what });
    expect(claim?.holder).toEqual({ name: null, process: null });
    expect(claim?.possibleActions).toEqual(['reap', 'force-release']);
    if (claim !== undefined) expect(verdictOf(claim)).toBe('unknown');
  });

  it('a foreign one, by the name that it bears, and never called abandoned', async () => {
    const proof = makeProof('living');
    takeForeign(proof);
    const claim = await lockClaim(proof);
    expect(claim).toMatchObject({
      holder: { name: 'append-operation', process: null },
      acquiredAt: { text: '2026-01-15T10:30:00.123456789+01:00' },
    });
    expect(claim?.evidence).toContainEqual({ kind: 'holder-unknowable', why: 'names-no-process' });
    if (claim !== undefined) expect(verdictOf(claim)).toBe('unknown');
  });

  const self = host.processes.self();
  const marks: readonly (readonly [string, Partial<ProcessIdentity>, object, Verdict])[] = [
    ['ours, alive', {}, { kind: 'holder-alive' }, 'live'],
    ['of a pid that was given to another', { startTicks: 1 }, { kind: 'holder-gone', how: 'pid-reused' }, 'abandoned'],
    // Without a machine id, two hosts of one name cannot be told from one that was restarted.
    self.host.includes('/')
      ? ['of before a restart', { bootId: 'another' }, { kind: 'holder-gone', how: 'rebooted' }, 'abandoned']
      : ['of another boot', { bootId: 'another' }, { kind: 'holder-unknowable', why: 'other-host' }, 'unknown'],
    ['of another machine', { host: 'elsewhere/0123' }, { kind: 'holder-unknowable', why: 'other-host' }, 'unknown'],
    [
      'of another container',
      { pidNamespace: 'pid:[1]' },
      { kind: 'holder-unknowable', why: 'other-namespace' },
      'unknown',
    ],
  ];
  it.each(marks)('%s', async (_what, other, evidence, verdict) => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), formatLockContent(newMark({ ...self, ...other }), Date.now()));
    const claim = await lockClaim(proof);
    expect(claim?.evidence).toContainEqual(expect.objectContaining(evidence));
    if (claim !== undefined) expect(verdictOf(claim)).toBe(verdict);
  });

  it('tells what lies around it: a temp file, how the ledger grew, who is there', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    takeForeign(proof);
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(lockOf(proof), hourAgo, hourAgo);
    writeFileSync(join(proof.ledger, '.event-000003.tmp'), '{');
    const claim = await lockClaim(proof);
    const kinds = claim?.evidence.map(({ kind }) => kind);
    // On some machines there are processes of others, or one that nobody may look at.
    const near = host.processes.hidden?.()?.length === 0 ? 'no-process-nearby' : 'nearby-not-seen';
    expect(kinds).toEqual(expect.arrayContaining(['temp-file-beside', 'ledger-grew-since', near]));
    expect(claim?.evidence).toContainEqual({ kind: 'ledger-grew-since', events: 2 });
  });

  it('a lock that changes is another one', () => {
    const proof = makeProof('living');
    takeForeign(proof);
    const first = inspectWriteLock(proof.ledger);
    expect(inspectWriteLock(proof.ledger)?.identity).toBe(first?.identity);
    rmSync(lockOf(proof));
    takeForeign(proof);
    expect(inspectWriteLock(proof.ledger)?.identity).not.toBe(first?.identity);
  });
});

describe('a temp file of ours', () => {
  it('is only taken for one of this machine, boot and namespace when it is', () => {
    const self = host.processes.self();
    expect(parseOwnTempName(ownTempName(newMark(self)), self)).toEqual(self);
    const other = { ...self, host: 'elsewhere/0123', pid: 2 ** 22 + 1 };
    const parsed = parseOwnTempName(ownTempName(newMark(other)), self);
    expect(parsed === null ? null : host.processes.stateOf(parsed)).toEqual({ kind: 'unknown', why: 'other-host' });
    const contained = parseOwnTempName(ownTempName(newMark({ ...self, pidNamespace: 'pid:[1]' })), self);
    expect(contained === null ? null : host.processes.stateOf(contained).kind).toBe('unknown');
    expect(parseOwnTempName('.event-000012.tmp', self)).toBeNull();
  });
});

describe('a watching source', () => {
  it('shows a lock after 250 ms, not before, and takes it away when it is gone', async () => {
    const proof = makeProof('living');
    const source = sourceOf(proof);
    let hints = 0;
    source.watch(() => {
      hints += 1;
    });
    await source.read({ signal: NEVER });
    const lock = await acquired(proof);
    const takenMs = Date.now();
    await eventually(() => hints > 0);
    let shownMs = 0;
    while (shownMs === 0 && Date.now() - takenMs < 3_000) {
      const seen = hints;
      const reading = await source.read({ signal: NEVER });
      if (reading.upserted.some(({ kind }) => kind === 'write-lock')) shownMs = Date.now();
      // Only when it was hinted: nobody polls.
      else await eventually(() => hints > seen);
    }
    expect(shownMs - takenMs).toBeGreaterThanOrEqual(250);
    expect(shownMs - takenMs).toBeLessThan(1_000);
    const before = hints;
    lock.release();
    await eventually(() => hints > before);
    expect((await source.read({ signal: NEVER })).removed).toEqual(['write-lock:ledger.lock']);
    expect(existsSync(lockOf(proof))).toBe(false);
  });

  it('does not show a lock that was written long ago and has just come to its place', async () => {
    const proof = makeProof('living');
    const aside = join(proof.folder, 'aside');
    writeFileSync(aside, '{"agent_id":"append-operation"}');
    utimesSync(aside, 1_700_000_000, 1_700_000_000);
    const source = sourceOf(proof);
    source.watch(() => undefined);
    await source.read({ signal: NEVER });
    linkSync(aside, lockOf(proof));
    expect((await source.read({ signal: NEVER })).upserted).toEqual([]);
  });

  it('does not show a lock of ours that only waited long', async () => {
    const proof = makeProof('living');
    takeForeign(proof);
    const waiting = acquireWriteLock(proof.ledger, { host });
    await sleep(400);
    rmSync(lockOf(proof));
    const outcome = await waiting;
    const source = sourceOf(proof);
    source.watch(() => undefined);
    expect((await source.read({ signal: NEVER })).upserted.filter(({ kind }) => kind === 'write-lock')).toEqual([]);
    if (outcome.kind === 'acquired') outcome.lock.release();
  });
});
