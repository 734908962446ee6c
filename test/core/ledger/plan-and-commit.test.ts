import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import type { Host, NearbyProcess } from '../../../core/host/host';
import { eventName } from '../../../core/ledger/events/event-names';
import type { LedgerSource } from '../../../core/ledger/ledger-source';
import type { ActionResult, Claim, ClaimAction, Plan, PlanOutcome } from '../../../core/model';
import { onCall, systemError } from '../../helpers/system-calls';
import { nodeCreated, nodesReleased } from './events';
import {
  claimEvent,
  DIALECTS,
  expiredClaim,
  makeProof,
  NEVER,
  type Proof,
  readAfresh,
  releaseEvent,
  sourceOf,
} from './proof';

const MINUTE_MS = 60_000;
const runningClaim = (proof: Proof, owner = 'ada') =>
  claimEvent(proof.dialect, '1', owner, Date.now() + 10 * MINUTE_MS);

async function claimOf(source: LedgerSource, node = '1'): Promise<Claim> {
  const reading = await source.read({ signal: NEVER, fresh: true });
  const claim = reading.upserted.find(({ id }) => id === `node:${node}`);
  if (claim === undefined) throw new Error(`nobody holds ${node}`);
  return claim;
}

async function planFor(source: LedgerSource, action: ClaimAction, actAs: string | null = null): Promise<PlanOutcome> {
  const claim = await claimOf(source);
  return source.plan({ action, claims: [{ claimId: claim.id, seen: claim.seen }], actAs });
}

function planned(outcome: PlanOutcome): Plan {
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

function commit(source: LedgerSource, plan: Plan, signal: AbortSignal = NEVER): Promise<ActionResult> {
  return source.commit(plan, { reason: null, signal });
}

/** Nothing but events is left, and no more of those than before. */
function expectUntouched(proof: Proof, before: readonly string[]): void {
  expect(readdirSync(proof.ledger).sort()).toEqual([...before]);
}

describe.each(DIALECTS)('%s: a plan and its commit', (dialect) => {
  const cases: readonly (readonly [ClaimAction, string | null, (proof: Proof) => string])[] = [
    ['reap', null, () => expiredClaim(dialect, '1')],
    ['release', 'ada', runningClaim],
    ['force-release', null, runningClaim],
  ];
  it('warns of a lock file that stays', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    mkdirSync(join(proof.folder, 'locks'));
    const times = { acquired_at: '2020-01-01T00:00:00Z', expires_at: '2020-01-01T00:05:00Z' };
    writeFileSync(join(proof.folder, 'locks', '1.lock'), JSON.stringify({ node_id: '1', owner: 'ada', ...times }));
    const plan = planned(await planFor(sourceOf(proof), 'reap', null));
    expect(plan.warnings).toEqual([expect.stringContaining('locks/1.lock stays where it is')]);
  });

  it.each(cases)('%s writes just the event that the plan showed', async (action, actAs, event) => {
    const proof = makeProof(dialect);
    proof.put(event(proof));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, action, actAs));
    expectUntouched(proof, [eventName(1, dialect), eventName(2, dialect)]);
    const result = await commit(source, plan);
    const file = eventName(3, dialect);
    if (result.kind !== 'done') throw new Error(JSON.stringify(result));
    expect(result.warnings).toEqual([]);
    expect(result.written).toEqual([{ file, content: proof.text(file) }]);
    const timeless = (content: string | undefined) => content?.replace(/"timestamp":"[^"]+"/, '');
    expect(timeless(proof.text(file))).toBe(timeless(plan.writes[0]?.content));
    expect(plan.writes[0]?.file).toBe(file);
    expect(statSync(join(proof.ledger, file)).mode & 0o777).toBe(0o644);
    expectUntouched(
      proof,
      [1, 2, 3].map((number) => eventName(number, dialect)),
    );
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, upserted: [] });
    const told = await source.read({ signal: NEVER });
    expect(told.removed).toEqual(['node:1']);
    expect(told.transitions).toHaveLength(1);
  });

  it('mode 0644 whatever the umask', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    const before = process.umask(0o077);
    try {
      expect((await commit(source, plan)).kind).toBe('done');
    } finally {
      process.umask(before);
    }
    expect(statSync(join(proof.ledger, eventName(3, dialect))).mode & 0o777).toBe(0o644);
  });

  it('what was seen is not what is there: a conflict, planned or committed', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    expect(
      await source.plan({ action: 'reap', claims: [{ claimId: 'node:1', seen: 'x' }], actAs: null }),
    ).toMatchObject({
      kind: 'conflict',
    });
    const extended =
      dialect === 'seed'
        ? runningClaim(proof)
        : {
            type: 'claim_refreshed',
            timestamp: '2026-01-15T10:30:00Z',
            node_id: '1',
            owner: 'ada',
            new_timeout: '2096-01-01T00:00:00Z',
          };
    proof.put(extended);
    const before = readdirSync(proof.ledger).sort();
    const result = await commit(source, plan);
    expect(result).toMatchObject({ kind: 'conflict', message: expect.stringContaining('extended by #3') as string });
    expectUntouched(proof, before);
  });

  it('released and claimed again by the same owner is another claim', async () => {
    const proof = makeProof(dialect);
    const event = expiredClaim(dialect, '1');
    proof.put(event);
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    proof.put(releaseEvent(dialect, '1', 'ada'));
    proof.put(event);
    expect((await commit(source, plan)).kind).toBe('conflict');
  });

  it('events about others in between: done, as the next number', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    for (let i = 1; i <= 3; i += 1) {
      proof.put(
        dialect === 'living' ? nodeCreated(`1.${i.toString()}`) : claimEvent('seed', `1.${i.toString()}`, 'grace', 0),
      );
    }
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', written: [{ file: eventName(6, dialect) }] });
  });

  it('the same plan twice, from two sources: the second is a conflict', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const [first, second] = [sourceOf(proof), sourceOf(proof)];
    const plan = planned(await planFor(first, 'reap'));
    await claimOf(second);
    const results = await Promise.all([commit(first, plan), commit(second, plan)]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(['conflict', 'done']);
    expect((await commit(first, plan)).kind).toBe('conflict');
    expect(proof.events()).toHaveLength(3);
  });

  const refusals: readonly (readonly [string, ClaimAction, string | null, string])[] = [
    ['a reap of a running claim', 'reap', null, 'Only a stale claim is reaped'],
    ['a release by another name', 'release', 'Ada', 'ends only a claim of the name'],
    ['a release by nobody', 'release', null, 'needs the name'],
  ];
  it.each(refusals)('%s is refused', async (_what, action, actAs, words) => {
    const proof = makeProof(dialect);
    proof.put(runningClaim(proof));
    const outcome = await planFor(sourceOf(proof), action, actAs);
    expect(outcome).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining(words)] });
  });

  it('a claim that was extended in time by its lock file is not reaped', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    mkdirSync(join(proof.folder, 'locks'));
    const record = {
      node_id: '1',
      owner: 'ada',
      acquired_at: '2026-01-15T10:30:00Z',
      expires_at: '2096-01-01T00:00:00Z',
    };
    writeFileSync(join(proof.folder, 'locks', '1.lock'), JSON.stringify(record));
    expect((await commit(source, plan)).kind).toBe('conflict');
    expect(await planFor(source, 'reap')).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['by its own file', '1.lock'],
    ['by another file', 'other.lock'],
  ])('a claim that is renewed %s while the commit waits for the lock is not reaped', async (_how, name) => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const locks = join(proof.folder, 'locks');
    mkdirSync(locks);
    const record = (node: string, expires_at: string) =>
      JSON.stringify({ node_id: node, owner: 'ada', acquired_at: '2026-01-15T10:30:00Z', expires_at });
    writeFileSync(join(locks, '1.lock'), record('1', '2026-01-15T10:35:00Z'));
    writeFileSync(join(locks, 'other.lock'), record('2', '2026-01-15T10:35:00Z'));
    const source = sourceOf(proof);
    onTestFinished(source.watch(() => undefined));
    const plan = planned(await planFor(source, 'reap'));
    const lock = join(proof.ledger, 'ledger.lock');
    writeFileSync(lock, '{}');
    const ending = commit(source, plan);
    // By then it waits for the lock.
    await new Promise((resolve) => setTimeout(resolve, 250));
    writeFileSync(join(locks, name), record('1', '2096-01-01T00:00:00Z'));
    rmSync(lock);
    expect(await ending).toMatchObject({ kind: 'conflict' });
    expect(proof.events()).toHaveLength(2);
  });

  it('a lock file that was rewritten in place is seen by a plan, though no watch told of it', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    mkdirSync(join(proof.folder, 'locks'));
    const path = join(proof.folder, 'locks', '1.lock');
    const record = (expires_at: string) =>
      JSON.stringify({ node_id: '1', owner: 'ada', acquired_at: '2026-01-15T10:30:00Z', expires_at });
    writeFileSync(path, record('2026-01-15T10:35:00Z'));
    const source = sourceOf(proof);
    onTestFinished(source.watch(() => undefined));
    const claim = await claimOf(source);
    // By then the watch has told what it tells at its start.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await source.read({ signal: NEVER });
    writeFileSync(path, record('2096-01-01T00:00:00Z'));
    // At once: nobody was told yet.
    const outcome = source.plan({ action: 'reap', claims: [{ claimId: claim.id, seen: claim.seen }], actAs: null });
    expect(await outcome).toMatchObject({ kind: 'conflict' });
  });

  it('where there are no links the event is moved into its place, and never onto another', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    let isFirst = true;
    onCall('linkSync', ([from]) => {
      // Right then somebody writes that number without the lock.
      if (isFirst && String(from).includes('.event-')) proof.put(claimEvent(dialect, '1.1', 'bob', Date.now()), 3);
      isFirst = false;
      throw systemError('EPERM');
    });
    expect(await commit(source, plan)).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('without the lock') as string,
    });
    expect(proof.text(eventName(3, dialect))).toContain('bob');
    rmSync(join(proof.ledger, eventName(3, dialect)));
    const again = planned(await planFor(source, 'reap'));
    expect(await commit(source, again)).toMatchObject({ kind: 'done', warnings: [] });
    expectUntouched(
      proof,
      [1, 2, 3].map((number) => eventName(number, dialect)),
    );
  });

  it('a held lock: refused after the wait, given up at once when told to; nothing is left', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    mkdirSync(join(proof.ledger, 'ledger.lock'));
    const before = readdirSync(proof.ledger).sort();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    expect(await commit(source, plan, controller.signal)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('cancelled')],
    });
    expectUntouched(proof, before);
    const startedMs = performance.now();
    expect(await commit(source, plan)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('Somebody has held ledger.lock for the 5 s')],
    });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(4_990);
    expectUntouched(proof, before);
    rmSync(join(proof.ledger, 'ledger.lock'), { recursive: true });
    expect((await commit(source, plan)).kind).toBe('done');
  });

  it('an event of the next number that came without the lock is never overwritten', async () => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    // A process table that is asked at the last moment: right then somebody writes.
    const real = createHost();
    let isArmed = false;
    let text = '';
    const host: Host = {
      processes: real.processes,
      clock: {
        nowMs: () => {
          if (isArmed && readdirSync(proof.ledger).includes('ledger.lock')) {
            isArmed = false;
            text = proof.text(proof.put(dialect === 'living' ? nodeCreated('1.1') : { type: 'custom_event' }));
          }
          return real.clock.nowMs();
        },
      },
    };
    const source = sourceOf(proof, host);
    const plan = planned(await planFor(source, 'reap'));
    isArmed = true;
    const result = await commit(source, plan);
    expect(result).toMatchObject({ kind: 'conflict', message: expect.stringContaining('without the lock') as string });
    expect(proof.events()).toHaveLength(3);
    expect(proof.text(eventName(3, dialect))).toBe(text);
    expectUntouched(proof, proof.events());
  });
});

describe('what is given up', () => {
  it('before anything was done is refused, and says that nothing was written', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    const before = readdirSync(proof.ledger);
    const given = new AbortController();
    given.abort();
    const refused = { kind: 'refused', reasons: [expect.stringContaining('Nothing was written')] };
    expect(await commit(source, plan, given.signal)).toMatchObject(refused);
    expect(await source.undo('20260115T093000123Z-0123456789abcdef', { signal: given.signal })).toMatchObject({
      kind: 'refused',
    });
    expectUntouched(proof, before);
  });

  it('while a long ledger is read anew is refused too, of a plan and of an undo', async () => {
    const proof = makeProof('living');
    for (let at = 0; at < 800; at += 1) proof.put(nodeCreated(`1.${(at + 1).toString()}`), at + 2);
    proof.put(expiredClaim('living', '1'), 802);
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    for (const task of [
      (signal: AbortSignal) => commit(source, plan, signal),
      (signal: AbortSignal) => source.undo('20260115T093000123Z-0123456789abcdef', { signal }),
    ]) {
      // Another folder of that name: everything is read again.
      renameSync(proof.ledger, `${proof.ledger}-before`);
      cpSync(`${proof.ledger}-before`, proof.ledger, { recursive: true });
      rmSync(`${proof.ledger}-before`, { recursive: true });
      const controller = new AbortController();
      const ending = task(controller.signal);
      setImmediate(() => controller.abort());
      expect(await ending).toMatchObject({
        kind: 'refused',
        reasons: [expect.stringContaining('given up before anything was changed')],
      });
    }
    expect(readdirSync(proof.ledger)).toHaveLength(802);
  });
});

describe('where nothing is written', () => {
  it('both dialects in one ledger', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    writeFileSync(join(proof.ledger, 'event-000001.json'), '{"type":"custom_event"}');
    expect(await planFor(sourceOf(proof), 'reap')).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('suit both')],
    });
  });

  it('a proof that its own tools cannot read, found out in the plan or under the lock', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    proof.put(nodesReleased('1', '1'));
    const before = readdirSync(proof.ledger).sort();
    expect(await commit(source, plan)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('from #3 on')],
    });
    expect(await planFor(source, 'reap')).toMatchObject({ kind: 'refused' });
    expectUntouched(proof, before);
  });

  it('a plan of another dialect', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const plan = planned(await planFor(source, 'reap'));
    const [write] = plan.writes;
    if (write === undefined) throw new Error('no write');
    const other = { ...plan, writes: [{ ...write, content: '{"type":"lock_reaped"}' }] };
    expect((await commit(source, other)).kind).toBe('conflict');
    expect(proof.events()).toHaveLength(2);
  });

  it('while a program that appends without looking again is at work, even one that came during our wait', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const real = createHost();
    let near: readonly NearbyProcess[] = [];
    const host: Host = {
      clock: real.clock,
      processes: {
        self: () => real.processes.self(),
        stateOf: (process) => real.processes.stateOf(process),
        stateOfPid: (pid, claimedAtMs) => real.processes.stateOfPid(pid, claimedAtMs),
        near: () => near,
      },
    };
    const peer: NearbyProcess = { pid: 4242, argv: ['/usr/bin/af', 'reap', '--all'], how: 'working directory' };
    const source = sourceOf(proof, host);
    const plan = planned(await planFor(source, 'reap'));
    near = [peer];
    expect(await commit(source, plan)).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('4242')] });
    near = [{ ...peer, argv: ['/usr/bin/af', 'status'] }];
    writeFileSync(join(proof.ledger, 'ledger.lock'), '');
    setTimeout(() => {
      near = [peer];
      rmSync(join(proof.ledger, 'ledger.lock'));
    }, 300);
    expect(await commit(source, plan)).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('4242')] });
    expect(proof.events()).toHaveLength(2);
    near = [];
    expect((await commit(source, plan)).kind).toBe('done');
  });
});

describe('what a plan read reaches the next reading', () => {
  it('claims that came and went while only plans were made', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const claim = await claimOf(source);
    proof.put(claimEvent('living', '1.1', 'grace', Date.now() + MINUTE_MS));
    proof.put(releaseEvent('living', '1', 'ada'));
    expect(
      await source.plan({ action: 'reap', claims: [{ claimId: claim.id, seen: claim.seen }], actAs: null }),
    ).toMatchObject({
      kind: 'conflict',
    });
    const reading = await source.read({ signal: NEVER });
    expect(reading.transitions.map(({ kind, claimId }) => [kind, claimId])).toEqual([
      ['taken', 'node:1.1'],
      ['released', 'node:1'],
    ]);
    expect(reading.upserted.map(({ resource }) => resource)).toEqual(['1.1']);
    expect(reading.removed).toEqual(['node:1']);
  });

  it('a claim that ended right before an event that broke the proof is told as ended', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    proof.put(expiredClaim('living', '1'));
    proof.put(expiredClaim('living', '1.1'));
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    proof.put(releaseEvent('living', '1', 'ada'));
    proof.put(releaseEvent('living', '1', 'ada'));
    const reading = await source.read({ signal: NEVER });
    expect(reading).toMatchObject({ reset: false, removed: ['node:1'], status: { kind: 'unreadable', at: 6 } });
    expect(reading.upserted).toMatchObject([{ resource: '1.1' }]);
    expect(reading.upserted[0]?.evidence).toContainEqual({ kind: 'shown-up-to', sequence: 5 });
  });
});
