import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import { fileExchange } from '../../../core/host/exchange';
import type { Host } from '../../../core/host/host';
import { fileSteps } from '../../../core/host/quickest-steps';
import type { LedgerSource } from '../../../core/ledger/ledger-source';
import { inspectWriteLock } from '../../../core/ledger/locks/inspect-write-lock';
import { acquireWriteLock } from '../../../core/ledger/locks/write-lock';
import type { ActionRequest, Plan } from '../../../core/model';
import { onCall, systemError } from '../../helpers/system-calls';
import { expiredClaim, makeProof, NEVER, type Proof, readAfresh, sourceOf } from './proof';

// As on a system of which nothing is known but what Node itself brings.
beforeAll(async () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...platform, value: 'sunos' });
  const found = [await fileExchange(), await fileSteps()];
  Object.defineProperty(process, 'platform', platform);
  expect(found).toMatchObject([{ kind: 'cannot' }, {}]);
});

function laterHost(): Host {
  const host = createHost();
  return { ...host, clock: { nowMs: () => host.clock.nowMs() + 60_000 } };
}

async function planned(source: LedgerSource, request: ActionRequest): Promise<Plan> {
  const outcome = await source.plan(request);
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

async function mended(): Promise<{ readonly proof: Proof; readonly source: LedgerSource; readonly undoId: string }> {
  const proof = makeProof('living', ['1']);
  proof.put('{');
  proof.put('{"a"');
  const source = sourceOf(proof, laterHost());
  const { findings } = await source.read({ signal: NEVER });
  const seen = findings.find(({ mend }) => mend?.mend === 'trailing-events')?.mend?.seen ?? '';
  const plan = await planned(source, { action: 'mend', mend: 'trailing-events', seen });
  const done = await source.commit(plan, { reason: 'r', signal: NEVER });
  const undoId = done.kind === 'done' ? done.removed?.[0]?.undoId : undefined;
  if (undoId === undefined) throw new Error(JSON.stringify(done));
  expect(proof.events()).toEqual(['000001.json']);
  return { proof, source, undoId };
}

const quarantineOf = (proof: Proof) => join(proof.ledger, '.lockscope');

describe('without a step that moves and replaces nothing', () => {
  it('a mend and its undo go by second names', async () => {
    const { proof, source, undoId } = await mended();
    expect(await source.undo(undoId, { signal: NEVER })).toMatchObject({ kind: 'done', warnings: [] });
    expect(proof.events()).toEqual(['000001.json', '000002.json', '000003.json']);
    expect(readdirSync(quarantineOf(proof))).toEqual([]);
  });

  it('an undo that died between the two names of a file goes on from there', async () => {
    const { proof, source, undoId } = await mended();
    const kept = readdirSync(quarantineOf(proof)).find((name) => name.endsWith('000002.json')) ?? '';
    linkSync(join(quarantineOf(proof), kept), join(proof.ledger, '000002.json'));
    expect(await source.undo(undoId, { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(readdirSync(quarantineOf(proof))).toEqual([]);
  });

  it('an undo that the disk refuses half way leaves the ledger as it was, and says so', async () => {
    const { proof, source, undoId } = await mended();
    const names = readdirSync(quarantineOf(proof)).sort();
    onCall('unlinkSync', ([path], go) => {
      if (String(path).startsWith(quarantineOf(proof)) && String(path).endsWith('000003.json'))
        throw systemError('EROFS');
      return go();
    });
    expect(await source.undo(undoId, { signal: NEVER })).toMatchObject({
      kind: 'failed',
      error: expect.stringMatching(/read-only \(EROFS\)\. Nothing was changed\.$/) as string,
    });
    expect(proof.events()).toEqual(['000001.json']);
    expect(readdirSync(quarantineOf(proof)).sort()).toEqual(names);
  });

  it('a lock of others is not taken away, and the operator is told what to type', async () => {
    const proof = makeProof('living', ['1']);
    mkdirSync(join(proof.ledger, 'ledger.lock'));
    const source = sourceOf(proof, laterHost());
    const claim = (await source.read({ signal: NEVER })).upserted.find(({ kind }) => kind === 'write-lock');
    const seen = { claimId: claim?.id ?? '', seen: claim?.seen ?? '' };
    expect(await source.plan({ action: 'force-release', claims: [seen], actAs: null })).toMatchObject({
      kind: 'refused',
      reasons: [
        expect.stringContaining('cannot: this system has no step that swaps') as string,
        expect.stringMatching(/type: mv -n -- .*ledger\.lock/) as string,
      ],
    });
    expect(existsSync(join(proof.ledger, 'ledger.lock'))).toBe(true);
  });

  it('and without second names: nothing is written, no lock is made, and it is said why', async () => {
    const proof = makeProof('living', ['1']);
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const [claim] = (await source.read({ signal: NEVER })).upserted;
    const plan = await planned(source, {
      action: 'reap',
      claims: [{ claimId: claim?.id ?? '', seen: claim?.seen ?? '' }],
      actAs: null,
    });
    onCall('linkSync', () => {
      throw systemError('EPERM');
    });
    const before = readdirSync(proof.ledger);
    expect(await source.commit(plan, { reason: null, signal: NEVER })).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('Nothing was written') as string,
    });
    expect(readdirSync(proof.ledger)).toEqual(before);
    rmSync(join(proof.ledger, 'ledger.lock'), { force: true });
    expect(inspectWriteLock(proof.ledger)).toBeNull();
  });
});

describe('without an answer to a step that was done', () => {
  it('a lock is ours all the same, and so is an event', async () => {
    const proof = makeProof('living', ['1']);
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const [claim] = (await source.read({ signal: NEVER })).upserted;
    const plan = await planned(source, {
      action: 'reap',
      claims: [{ claimId: claim?.id ?? '', seen: claim?.seen ?? '' }],
      actAs: null,
    });
    onCall('linkSync', (_args, go) => {
      go();
      throw systemError('EEXIST');
    });
    expect(await source.commit(plan, { reason: null, signal: NEVER })).toMatchObject({ kind: 'done', warnings: [] });
    expect(readdirSync(proof.ledger)).toEqual(['000001.json', '000002.json', '000003.json']);
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, upserted: [] });
  });

  it('another lock of the same words is not ours', async () => {
    const proof = makeProof('living', ['1']);
    writeFileSync(join(proof.ledger, 'ledger.lock'), '{"agent_id":"append-operation"}');
    expect(await acquireWriteLock(proof.ledger, { host: createHost(), timeoutMs: 50 })).toMatchObject({ kind: 'busy' });
    expect(readdirSync(proof.ledger)).toEqual(['000001.json', 'ledger.lock']);
  });
});
