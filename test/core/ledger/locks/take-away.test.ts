import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../../core/host/create-host';
import type { HiddenProcess, Host } from '../../../../core/host/host';
import type { LedgerSource } from '../../../../core/ledger/ledger-source';
import { formatLockContent, newMark } from '../../../../core/ledger/locks/lock-content';
import { type ActionResult, allEvidence, type Claim, type ClaimAction, judge, type Plan } from '../../../../core/model';
import { onCall } from '../../../helpers/system-calls';
import { claimEvent, makeProof, NEVER, type Proof, sourceOf } from '../proof';

const FOREIGN = '{"agent_id":"append-operation","acquired_at":"2026-01-15T10:30:00.123456789+01:00"}\n';
const lockOf = (proof: Proof) => join(proof.ledger, 'ledger.lock');

/** A host whose clock is ahead, so that a lock that was just made has stood there for long. */
function laterHost(aheadMs = 60_000): Host {
  const host = createHost();
  return { ...host, clock: { nowMs: () => host.clock.nowMs() + aheadMs } };
}

/** A mark of a process of this boot that has ended. */
function deadMark() {
  const self = createHost().processes.self();
  return newMark({ ...self, pid: spawnSync(process.execPath, ['--version']).pid, startTicks: 1 });
}

function leaveLockFile(proof: Proof, endsInMs: number, owner = 'ada'): string {
  mkdirSync(join(proof.folder, 'locks'), { recursive: true });
  const path = join(proof.folder, 'locks', '1.lock');
  const [acquired_at, expires_at] = [Date.now() - 120_000, Date.now() + endsInMs].map((ms) =>
    new Date(ms).toISOString(),
  );
  writeFileSync(path, JSON.stringify({ node_id: '1', owner, acquired_at, expires_at }));
  return path;
}

async function claimIn(source: LedgerSource, id = 'write-lock:ledger.lock'): Promise<Claim> {
  const { upserted } = await source.read({ signal: NEVER, fresh: true });
  const claim = upserted.find((each) => each.id === id);
  if (claim === undefined) throw new Error('no such claim');
  return claim;
}

function plan(source: LedgerSource, action: ClaimAction, claim: Claim, actAs: string | null = null) {
  return source.plan({ action, claims: [{ claimId: claim.id, seen: claim.seen }], actAs });
}

async function planned(
  source: LedgerSource,
  action: ClaimAction,
  claim: Claim,
  actAs: string | null = null,
): Promise<Plan> {
  const outcome = await plan(source, action, claim, actAs);
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

const commit = (source: LedgerSource, made: Plan): Promise<ActionResult> =>
  source.commit(made, { reason: 'its host is gone', signal: NEVER });

/** All that undo has to restore. */
function stateOf(path: string): object {
  const { ino, mode, mtimeNs, size, uid } = lstatSync(path, { bigint: true });
  const content = lstatSync(path).isDirectory() ? readdirSync(path) : readFileSync(path, 'utf8');
  return { ino, mode, mtimeNs, size, uid, content };
}

const kinds: readonly (readonly [string, (path: string) => void])[] = [
  [
    'file',
    (path) => {
      writeFileSync(path, FOREIGN, { mode: 0o640 });
      utimesSync(path, 1_700_000_000.123456, 1_700_000_000.123456);
    },
  ],
  ['empty file', (path) => writeFileSync(path, '', { mode: 0o600 })],
  [
    'folder',
    (path) => {
      mkdirSync(path, { mode: 0o750 });
      writeFileSync(join(path, 'pid'), '4711');
      utimesSync(path, 1_700_000_000.5, 1_700_000_000.5);
    },
  ],
];

describe.each(kinds)('a ledger.lock of others: %s', (_what, make) => {
  it('goes to quarantine as it is by force, and comes back as it was', async () => {
    const proof = makeProof('living');
    make(lockOf(proof));
    const before = stateOf(lockOf(proof));
    const source = sourceOf(proof, laterHost());
    const claim = await claimIn(source);
    expect(claim.possibleActions).toContain('force-release');
    const made = await planned(source, 'force-release', claim);
    expect(made).toMatchObject({
      verdict: 'unknown',
      writes: [],
      removes: [
        { file: 'ledger/ledger.lock', to: expect.stringMatching(/^ledger\/\.lockscope\/.*-ledger\.lock$/) as string },
      ],
      warnings: [expect.stringContaining('merely stopped')],
      needs: { reason: true, confirmation: 'ledger.lock' },
    });
    expect(readdirSync(proof.ledger).sort(), 'A plan changes nothing.').toEqual(['000001.json', 'ledger.lock']);

    const done = await commit(source, made);
    expect(done).toMatchObject({ kind: 'done', warnings: [], removed: [{ file: 'ledger/ledger.lock' }] });
    expect(existsSync(lockOf(proof))).toBe(false);
    const [removed] = done.kind === 'done' ? (done.removed ?? []) : [];
    if (removed === undefined) throw new Error('nothing was removed');
    expect(stateOf(join(proof.folder, removed.to))).toEqual(before);
    expect(lstatSync(join(proof.ledger, '.lockscope')).mode & 0o777).toBe(0o700);

    // It counts for nobody.
    const after = await source.read({ signal: NEVER, fresh: true });
    expect(after).toMatchObject({ status: { kind: 'readable' }, head: 1, findings: [] });
    expect(after.upserted.filter(({ kind }) => kind === 'write-lock')).toEqual([]);
    expect(await source.undoables()).toMatchObject([
      { id: removed.undoId, resource: 'ledger.lock', against: null, reason: 'its host is gone', seen: claim.seen },
    ]);

    expect(await source.undo(removed.undoId, { signal: NEVER })).toMatchObject({ kind: 'done', warnings: [] });
    expect(stateOf(lockOf(proof))).toEqual(before);
    expect(await source.undoables()).toEqual([]);
    expect(readdirSync(join(proof.ledger, '.lockscope'))).toEqual(['taking']);
    expect(await source.undo(removed.undoId, { signal: NEVER })).toMatchObject({ kind: 'refused' });
  });

  it('is left alone when it is another one by then', async () => {
    const proof = makeProof('living');
    make(lockOf(proof));
    const source = sourceOf(proof, laterHost());
    const made = await planned(source, 'force-release', await claimIn(source));
    rmSync(lockOf(proof), { recursive: true });
    expect(await commit(source, made)).toMatchObject({ kind: 'conflict' });
    make(lockOf(proof));
    const next = stateOf(lockOf(proof));
    expect(await commit(source, made)).toMatchObject({ kind: 'conflict' });
    expect(stateOf(lockOf(proof))).toEqual(next);
  });
});

describe('whose lock is taken away', () => {
  it('one of ours that is proven dead is reaped, without force', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), formatLockContent(deadMark(), Date.now()), { mode: 0o600 });
    const source = sourceOf(proof);
    const claim = await claimIn(source);
    expect(judge(claim, allEvidence(claim, Date.now()), Date.now())).toBe('abandoned');
    const made = await planned(source, 'reap', claim);
    expect(made).toMatchObject({ verdict: 'abandoned', warnings: [], needs: { reason: false, confirmation: null } });
    const before = stateOf(lockOf(proof));
    expect(await commit(source, made)).toMatchObject({ kind: 'done' });
    expect(existsSync(lockOf(proof))).toBe(false);
    // What was taken away is no leftover of a crash, though it bears the mark of a dead process.
    expect((await source.read({ signal: NEVER, fresh: true })).findings).toEqual([]);
    const [kept] = await source.undoables();
    expect(kept).toMatchObject({ resource: 'ledger.lock', against: null });
    expect(await source.undo(kept?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(stateOf(lockOf(proof))).toEqual(before);
  });

  it('one of ours that runs is nobody’s to take', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), formatLockContent(newMark(createHost().processes.self()), Date.now()));
    const source = sourceOf(proof, laterHost());
    const claim = await claimIn(source);
    expect(claim.possibleActions).toEqual([]);
    for (const action of ['reap', 'force-release', 'release'] as const) {
      expect(await plan(source, action, claim, 'x')).toMatchObject({ kind: 'refused' });
    }
  });

  it('a young one of others is refused with the reason, and an old one never reaped', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), FOREIGN);
    utimesSync(lockOf(proof), 1, 1);
    const young = sourceOf(proof);
    expect(await plan(young, 'force-release', await claimIn(young))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringMatching(/has stood there for .* only.*after 30 s/) as string],
    });
    const old = sourceOf(proof, laterHost());
    expect(await plan(old, 'reap', await claimIn(old))).toMatchObject({ kind: 'refused' });
  });

  it('one of a writer whose clock is ahead can be taken away all the same', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), FOREIGN);
    const aheadSeconds = Date.now() / 1000 + 365 * 24 * 3600;
    utimesSync(lockOf(proof), aheadSeconds, aheadSeconds);
    const source = sourceOf(proof, laterHost());
    expect(await commit(source, await planned(source, 'force-release', await claimIn(source)))).toMatchObject({
      kind: 'done',
    });
  });

  it('in a ledger that cannot be read, what nobody counts is not said, and growth is seen by its names', async () => {
    const proof = makeProof('living');
    proof.put('{');
    writeFileSync(lockOf(proof), FOREIGN);
    utimesSync(lockOf(proof), 1, 1);
    const before = stateOf(lockOf(proof));
    const host = laterHost();
    let isArmed = false;
    const source = sourceOf(proof, {
      ...host,
      clock: {
        nowMs: () => {
          if (isArmed && existsSync(join(proof.ledger, '.lockscope'))) {
            isArmed = false;
            proof.put('{}');
          }
          return host.clock.nowMs();
        },
      },
    });
    proof.put('{}');
    const claim = await claimIn(source);
    expect(claim.evidence.map(({ kind }) => kind)).not.toContain('ledger-did-not-grow-since');
    const made = await planned(source, 'force-release', claim);
    isArmed = true;
    expect(await commit(source, made)).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('grew to #4') as string,
    });
    expect(stateOf(lockOf(proof))).toEqual(before);
    const done = await commit(source, await planned(source, 'force-release', await claimIn(source)));
    expect(done).toMatchObject({ kind: 'done' });
    proof.put('{}');
    expect(await source.undoables()).toMatchObject([{ against: expect.stringContaining('from #4 to #5') as string }]);
  });

  it('where processes cannot be seen that is said, in the evidence and in the plan', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), FOREIGN);
    const host = laterHost();
    const seeing = (hidden: readonly HiddenProcess[] | null): Host => ({
      ...host,
      processes: {
        self: () => host.processes.self(),
        stateOf: (process) => host.processes.stateOf(process),
        stateOfPid: (pid, claimedAtMs) => host.processes.stateOfPid(pid, claimedAtMs),
        near: () => [],
        hidden: () => hidden,
      },
    });
    const told = async (hidden: readonly HiddenProcess[] | null) => {
      const source = sourceOf(proof, seeing(hidden));
      const claim = await claimIn(source);
      const near = claim.evidence.filter(({ kind }) => /near/.test(kind));
      return { near, warnings: (await planned(source, 'force-release', claim)).warnings };
    };
    const stopped = expect.stringContaining('merely stopped') as string;
    expect(await told([])).toEqual({ near: [{ kind: 'no-process-nearby' }], warnings: [stopped] });
    expect(await told([{ pid: 7, argv: ['sleep', '9'] }])).toEqual({
      near: [{ kind: 'nearby-not-seen', hidden: 1 }],
      warnings: [stopped],
    });
    expect(await told([{ pid: 7, argv: ['/usr/bin/af', 'reap'] }])).toEqual({
      near: [{ kind: 'nearby-not-seen', hidden: 1 }],
      warnings: [expect.stringContaining('Process 7 (/usr/bin/af reap) of another user'), stopped],
    });
    expect(await told(null)).toEqual({
      near: [{ kind: 'nearby-not-seen', hidden: null }],
      warnings: [expect.stringContaining('cannot be seen on this system'), stopped],
    });
  });

  it('a lock whose ledger grows meanwhile is put back', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), FOREIGN);
    const before = stateOf(lockOf(proof));
    const host = laterHost();
    let isArmed = false;
    const source = sourceOf(proof, {
      ...host,
      clock: {
        nowMs: () => {
          if (isArmed) {
            isArmed = false;
            proof.put(claimEvent('living', '1', 'bob', Date.now() + 60_000));
          }
          return host.clock.nowMs();
        },
      },
    });
    const made = await planned(source, 'force-release', await claimIn(source));
    const looked = source.commit(made, { reason: 'r', signal: NEVER });
    isArmed = true;
    expect(await looked).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('somebody is at work') as string,
    });
    expect(stateOf(lockOf(proof))).toEqual(before);
    expect(readdirSync(join(proof.ledger, '.lockscope'))).toEqual(['taking']);
  });

  it('never through a quarantine that leads elsewhere', async () => {
    const proof = makeProof('living');
    writeFileSync(lockOf(proof), FOREIGN);
    const elsewhere = makeProof('living').folder;
    symlinkSync(elsewhere, join(proof.ledger, '.lockscope'));
    const source = sourceOf(proof, laterHost());
    const made = await planned(source, 'force-release', await claimIn(source));
    const names = readdirSync(elsewhere);
    expect(await commit(source, made)).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('Nothing was changed') as string,
    });
    expect(readFileSync(lockOf(proof), 'utf8')).toBe(FOREIGN);
    expect(readdirSync(elsewhere)).toEqual(names);
  });
});

describe('undo', () => {
  async function takenAway(proof: Proof): Promise<{ readonly source: LedgerSource; readonly id: string }> {
    writeFileSync(lockOf(proof), FOREIGN);
    const source = sourceOf(proof, laterHost());
    const done = await commit(source, await planned(source, 'force-release', await claimIn(source)));
    const id = done.kind === 'done' ? done.removed?.[0]?.undoId : undefined;
    if (id === undefined) throw new Error(JSON.stringify(done));
    return { source, id };
  }

  it('forgets where it was only once it is on disk where it belongs', async () => {
    const proof = makeProof('living');
    const { source, id } = await takenAway(proof);
    const quarantine = join(proof.ledger, '.lockscope');
    const steps: string[] = [];
    onCall('openSync', ([path], go) => {
      if (path === proof.ledger || path === quarantine) steps.push(`sync ${path}`);
      return go();
    });
    onCall('unlinkSync', ([path], go) => {
      steps.push(`unlink ${String(path)}`);
      return go();
    });
    expect(await source.undo(id, { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(steps).toEqual([
      `sync ${proof.ledger}`,
      `sync ${quarantine}`,
      `unlink ${join(quarantine, `${id}.json`)}`,
      `sync ${quarantine}`,
    ]);
  });

  it('refuses where somebody holds the lock, or held it since', async () => {
    const proof = makeProof('living');
    const { source, id } = await takenAway(proof);
    writeFileSync(lockOf(proof), '{"agent_id":"next"}');
    expect(await source.undoables()).toMatchObject([{ against: 'Somebody took ledger.lock since.' }]);
    expect(await source.undo(id, { signal: NEVER })).toMatchObject({ kind: 'refused' });
    expect(readFileSync(lockOf(proof), 'utf8')).toBe('{"agent_id":"next"}');
    rmSync(lockOf(proof));
    proof.put(claimEvent('living', '1', 'bob', Date.now() + 60_000));
    expect(await source.undo(id, { signal: NEVER })).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('went from #1 to #2') as string],
    });
    expect(existsSync(lockOf(proof))).toBe(false);
  });

  it('refuses what is not what was taken away, and names that lead elsewhere', async () => {
    const proof = makeProof('living');
    const { source, id } = await takenAway(proof);
    const quarantine = join(proof.ledger, '.lockscope');
    const record = join(quarantine, `${id}.json`);
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.replace('"original": "ledger.lock"', '"original": "../x.lock"'));
    expect(await source.undoables()).toEqual([]);
    expect(await source.undo(id, { signal: NEVER })).toMatchObject({ kind: 'refused' });
    expect(await source.undo('../../x', { signal: NEVER })).toMatchObject({ kind: 'refused' });
    // All of it fits together, and the file is there: only where it leads is wrong.
    const kept = join(quarantine, `${id}-ledger.lock`);
    renameSync(kept, join(quarantine, `${id}-x.lock`));
    const elsewhere = text.replaceAll(`${id}-ledger.lock`, `${id}-x.lock`);
    for (const original of ['../x.lock', 'locks/../../x.lock', 'x.lock\\u0000', 'x.json']) {
      const name = original === 'x.json' ? `${id}-x.json` : `${id}-x.lock`;
      if (name.endsWith('.json')) renameSync(join(quarantine, `${id}-x.lock`), join(quarantine, name));
      writeFileSync(
        record,
        elsewhere.replaceAll(`${id}-x.lock`, name).replace('"original": "ledger.lock"', `"original": "${original}"`),
      );
      expect(await source.undoables(), original).toEqual([]);
      expect(await source.undo(id, { signal: NEVER }), original).toMatchObject({ kind: 'refused' });
    }
    expect(existsSync(join(proof.folder, 'x.lock'))).toBe(false);
    expect(existsSync(join(proof.ledger, 'x.json'))).toBe(false);
    // The same with a name that a lock may have is put back: nothing else was wrong with it.
    renameSync(join(quarantine, `${id}-x.json`), join(quarantine, `${id}-x.lock`));
    writeFileSync(record, elsewhere.replace('"original": "ledger.lock"', '"original": "x.lock"'));
    expect(await source.undoables()).toMatchObject([{ id, against: null }]);
    renameSync(join(quarantine, `${id}-x.lock`), kept);
    writeFileSync(record, text);
    chmodSync(join(quarantine, `${id}-ledger.lock`), 0o777);
    expect(await source.undo(id, { signal: NEVER })).toMatchObject({ kind: 'refused' });
    expect(existsSync(lockOf(proof))).toBe(false);
  });
});

describe('a node that only a lock file claims', () => {
  const ID = 'node:1';

  it('is not put back through a link that leads out of the proof', async () => {
    const proof = makeProof('living');
    const path = leaveLockFile(proof, -60_000);
    const source = sourceOf(proof);
    expect(await commit(source, await planned(source, 'reap', await claimIn(source, ID)))).toMatchObject({
      kind: 'done',
    });
    const [kept] = await source.undoables();
    expect(kept).toMatchObject({ against: null });
    const elsewhere = join(makeProof('living').folder, 'locks');
    renameSync(join(proof.folder, 'locks'), elsewhere);
    symlinkSync(elsewhere, join(proof.folder, 'locks'));
    expect(await source.undoables()).toEqual([]);
    expect(await source.undo(kept?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'refused' });
    expect(existsSync(path)).toBe(false);
    // Nor through a quarantine that is one.
    rmSync(join(proof.folder, 'locks'));
    mkdirSync(join(proof.folder, 'locks'));
    symlinkSync(join(elsewhere, '.lockscope'), join(proof.folder, 'locks', '.lockscope'));
    expect(await source.undo(kept?.id ?? '', { signal: NEVER })).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('Nothing of that name') as string],
    });
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['is taken away whatever is written about other nodes meanwhile', '1.1', 'done'],
    ['stays when the ledger claims its node meanwhile', '1', 'conflict'],
  ])('%s', async (_what, node, kind) => {
    const proof = makeProof('living', ['1', '1.1']);
    const path = leaveLockFile(proof, 60_000);
    const host = createHost();
    let isArmed = false;
    const source = sourceOf(proof, {
      ...host,
      clock: {
        nowMs: () => {
          // Its own lock file is dated right before it is swapped in.
          if (isArmed) {
            isArmed = false;
            proof.put(claimEvent('living', node, 'bob', Date.now() + 60_000));
          }
          return host.clock.nowMs();
        },
      },
    });
    const made = await planned(source, 'force-release', await claimIn(source, ID));
    const ending = commit(source, made);
    isArmed = true;
    expect(await ending).toMatchObject({ kind });
    expect(existsSync(path)).toBe(kind === 'conflict');
    expect(proof.events()).toHaveLength(3);
  });

  it('is released by its owner and put back', async () => {
    const proof = makeProof('living');
    const path = leaveLockFile(proof, 60_000);
    const before = stateOf(path);
    const source = sourceOf(proof);
    const claim = await claimIn(source, ID);
    expect(await plan(source, 'reap', claim)).toMatchObject({ kind: 'refused' });
    expect(await plan(source, 'release', claim, 'bob')).toMatchObject({ kind: 'refused' });
    const done = await commit(source, await planned(source, 'release', claim, 'ada'));
    expect(done).toMatchObject({ kind: 'done', written: [], removed: [{ file: 'locks/1.lock' }], warnings: [] });
    expect(readdirSync(join(proof.folder, 'locks'))).toEqual(['.lockscope']);
    expect((await source.read({ signal: NEVER, fresh: true })).upserted).toEqual([]);
    const [kept] = await source.undoables();
    expect(await source.undo(kept?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(stateOf(path)).toEqual(before);
    expect((await claimIn(source, ID)).seen).toBe(claim.seen);
  });

  it('is reaped once its lease and the tolerance are over', async () => {
    const proof = makeProof('seed');
    leaveLockFile(proof, -3_000);
    expect(await plan(sourceOf(proof), 'reap', await claimIn(sourceOf(proof), ID))).toMatchObject({ kind: 'refused' });
    leaveLockFile(proof, -6_000);
    const source = sourceOf(proof);
    expect(await commit(source, await planned(source, 'reap', await claimIn(source, ID)))).toMatchObject({
      kind: 'done',
    });
  });

  it('conflicts when it was extended; is not put back once the ledger claims the node', async () => {
    const proof = makeProof('living');
    leaveLockFile(proof, 60_000);
    const source = sourceOf(proof);
    const made = await planned(source, 'force-release', await claimIn(source, ID));
    leaveLockFile(proof, 90_000);
    expect(await commit(source, made)).toMatchObject({ kind: 'conflict' });
    expect(await commit(source, await planned(source, 'force-release', await claimIn(source, ID)))).toMatchObject({
      kind: 'done',
    });
    proof.put(claimEvent('living', '1', 'bob', Date.now() + 60_000));
    const [kept] = await source.undoables();
    expect(await source.undo(kept?.id ?? '', { signal: NEVER })).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('claimed by bob since') as string],
    });
  });
});
