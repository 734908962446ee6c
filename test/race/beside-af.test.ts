import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../core/host/create-host';
import { ledgerProtocol } from '../../core/ledger';
import { expiredClaim, makeProof, NEVER, type Proof, sourceOf, tempFolder } from '../core/ledger/proof';
import { inspect, rowOf } from '../helpers/inspect';
import { startWorker, type Worker } from './workers';

function startReap(proof: Proof): Promise<Worker> {
  return startWorker('reap-without-cas.worker.ts', ['reap', proof.folder, '1']);
}

function said(worker: Worker, what: string): Promise<void> {
  return new Promise((resolve) => {
    worker.child.on('message', (message) => {
      if (message === what) resolve();
    });
  });
}

describe('beside a program that decides before it waits for the lock, and appends without looking again', () => {
  it('the proof that two of them break is seen and named within 2 s, with what came before', async () => {
    const proof = makeProof('living', ['1', '1.1']);
    proof.put(expiredClaim('living', '1.1', 'grace'));
    proof.put(expiredClaim('living', '1'));
    const inspector = inspect({ protocols: [ledgerProtocol], dataFolder: tempFolder(), host: createHost() });
    await inspector.open(proof.folder);
    await inspector.settled();
    expect(inspector.snapshot().sources[0]?.status).toEqual({ kind: 'readable' });
    // Both have decided before either writes.
    writeFileSync(join(proof.ledger, 'ledger.lock'), '');
    const workers = await Promise.all([startReap(proof), startReap(proof)]);
    const written = Promise.all(workers.map((worker) => said(worker, 'written')));
    rmSync(join(proof.ledger, 'ledger.lock'));
    await written;
    const writtenMs = Date.now();
    expect(proof.events()).toHaveLength(6);
    while (inspector.snapshot().sources[0]?.status.kind !== 'unreadable') {
      expect(Date.now() - writtenMs).toBeLessThan(2_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const snapshot = inspector.snapshot();
    expect(snapshot.sources[0]?.status).toEqual({
      kind: 'unreadable',
      at: 6,
      reason: 'nodes_released for node 1, which is not claimed.',
    });
    expect(rowOf(snapshot, '1')).toBeUndefined();
    expect(rowOf(snapshot, '1.1')?.holder).toBe('grace');
  }, 20_000);

  it('its late event after our own correct reap makes the source unreadable at its number, and names it', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const claim = (await source.read({ signal: NEVER })).upserted[0];
    const outcome = await source.plan({
      action: 'reap',
      claims: [{ claimId: 'node:1', seen: claim?.seen ?? '' }],
      actAs: null,
    });
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    const lock = join(proof.ledger, 'ledger.lock');
    writeFileSync(lock, '');
    const worker = await startReap(proof);
    const written = said(worker, 'written');
    // Stopped while it waits, so that ours comes first.
    worker.child.kill('SIGSTOP');
    rmSync(lock);
    const result = await source.commit(outcome.plan, { reason: null, signal: NEVER });
    expect(result).toMatchObject({ kind: 'done', written: [{ file: '000003.json' }] });
    expect((await source.read({ signal: NEVER })).status).toEqual({ kind: 'readable' });
    worker.child.kill('SIGCONT');
    await written;
    const reading = await source.read({ signal: NEVER });
    expect(reading.status).toMatchObject({ kind: 'unreadable', at: 4 });
    expect(reading.findings).toMatchObject([{ code: 'refused-transition', at: 4, severity: 'error' }]);
  }, 20_000);

  it('nothing is written while one of that name is at work on this proof', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const source = sourceOf(proof);
    const claim = (await source.read({ signal: NEVER })).upserted[0];
    const request = { action: 'reap', claims: [{ claimId: 'node:1', seen: claim?.seen ?? '' }], actAs: null } as const;
    const outcome = await source.plan(request);
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    // A program of the living one's name: an interpreter is enough for the process table.
    const bin = tempFolder();
    symlinkSync(process.execPath, join(bin, 'af'));
    const worker = await startWorker('idle.worker.ts', ['reap', '--dir', proof.folder], join(bin, 'af'));
    const refused = { kind: 'refused', reasons: [expect.stringContaining(`Process ${worker.pid.toString()} `)] };
    expect(await source.commit(outcome.plan, { reason: null, signal: NEVER })).toMatchObject(refused);
    expect(await source.plan(request)).toMatchObject(refused);
    expect(proof.events()).toHaveLength(2);
    worker.child.kill('SIGKILL');
    await worker.ended;
    expect((await source.commit(outcome.plan, { reason: null, signal: NEVER })).kind).toBe('done');
  }, 20_000);
});
