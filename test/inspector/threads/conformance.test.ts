import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import { ledgerProtocol } from '../../../core/ledger';
import { formatLockContent, newMark } from '../../../core/ledger/locks/lock-content';
import type { Claim, Plan } from '../../../core/model';
import type { ProtocolPort, Reading, Source } from '../../../core/port';
import {
  claimEvent,
  DIALECTS,
  expiredClaim,
  makeProof,
  NEVER,
  type Proof,
  releaseEvent,
} from '../../core/ledger/proof';
import { eventually, sleep, tempFolder } from '../../helpers/inspect';
import { scriptFolder } from '../../helpers/scripted-folder';
import { startThreads } from '../../helpers/threads';

const AF = path.resolve(import.meta.dirname, '../../fixtures/af');
const PROOFS = ['accepted', 'bricked-by-concurrent-reap', 'reaped', 'three-agents'];

function opened(port: ProtocolPort, folder: string): Source {
  const source = port.open(folder, createHost());
  onTestFinished(() => {
    source.close();
  });
  return source;
}

/** What does not depend on the moment of the look. */
function timeless(reading: Reading): object {
  return { ...reading, observedAtMs: 0 };
}

async function oneClaim(source: Source): Promise<Claim> {
  const { upserted } = await source.read({ signal: NEVER });
  expect(upserted).toHaveLength(1);
  return upserted[0]!;
}

async function planned(source: Source, action: 'reap' | 'release' | 'force-release', claim: Claim): Promise<Plan> {
  const actAs = action === 'release' ? claim.holder.name : null;
  const outcome = await source.plan({ action, claims: [{ claimId: claim.id, seen: claim.seen }], actAs });
  if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

/** A lock of ours whose process cannot be there any more. */
function leaveLock(proof: Proof): string {
  const file = path.join(proof.ledger, 'ledger.lock');
  const self = createHost().processes.self();
  writeFileSync(file, formatLockContent(newMark({ ...self, pid: 4_000_000, startTicks: 1 }), Date.now() - 60_000));
  return file;
}

describe('a source on another thread', () => {
  it.each(PROOFS)('is recognised, and says of a recorded proof what one on this thread says: %s', async (name) => {
    const { ledger } = startThreads();
    const folder = path.join(AF, name);
    expect(await ledger.recognise(path.join(folder, 'ledger'))).toBe(await ledgerProtocol.recognise(folder));
    expect(await ledger.recognise(AF)).toBeNull();
    const [here, there] = [opened(ledgerProtocol, folder), opened(ledger, folder)];
    expect(there.description).toEqual(here.description);

    const [one, other] = [await here.read({ signal: NEVER }), await there.read({ signal: NEVER })];

    expect(timeless(other)).toEqual(timeless(one));
    for (const { id, seen } of one.upserted) {
      expect(await there.record(id)).toEqual(await here.record(id));
      expect(await there.history?.(id, 3)).toEqual(await here.history?.(id, 3));
      const request = { action: 'reap', claims: [{ claimId: id, seen }], actAs: null } as const;
      const [mine, its] = [await here.plan(request), await there.plan(request)];
      expect(its.kind).toBe(mine.kind);
      if (mine.kind === 'refused') expect(its).toEqual(mine);
    }
    expect(await there.record('node:no-such')).toBeNull();
    expect(await there.undoables?.()).toEqual(await here.undoables?.());
  });

  it.each(DIALECTS)(
    'tells what is new, with a hint before it, and whole again when that is asked for (%s)',
    async (dialect) => {
      const proof = makeProof(dialect);
      const { ledger } = startThreads();
      const [here, there] = [opened(ledgerProtocol, proof.folder), opened(ledger, proof.folder)];
      let hints = 0;
      onTestFinished(
        there.watch(() => {
          hints += 1;
        }),
      );
      // A reading says whether its source is watched.
      onTestFinished(here.watch(() => undefined));
      for (const source of [here, there]) expect((await source.read({ signal: NEVER })).upserted).toEqual([]);
      const before = hints;
      proof.put(claimEvent(dialect, '1', 'ada', Date.now() + 60_000));
      await eventually(() => hints > before);
      const [one, other] = [await here.read({ signal: NEVER }), await there.read({ signal: NEVER })];
      expect(timeless(other)).toEqual(timeless(one));
      expect(other).toMatchObject({ reset: false, upserted: [{ resource: '1' }], transitions: [{ kind: 'taken' }] });
      proof.put(releaseEvent(dialect, '1', 'ada'));
      expect(await there.read({ signal: NEVER })).toMatchObject({ upserted: [], removed: ['node:1'] });
      expect(await there.read({ signal: NEVER, fresh: true })).toMatchObject({
        reset: true,
        upserted: [],
        removed: [],
      });
    },
  );

  it.each(DIALECTS)('is changed only as planned, and is in conflict when somebody was faster (%s)', async (dialect) => {
    const proof = makeProof(dialect);
    proof.put(expiredClaim(dialect, '1'));
    const { ledger } = startThreads();
    const source = opened(ledger, proof.folder);
    const plan = await planned(source, 'reap', await oneClaim(source));
    const before = proof.events().length;
    const result = await source.commit(plan, { reason: null, signal: NEVER });
    expect(result).toMatchObject({ kind: 'done', written: [{ file: proof.events().at(-1) }] });
    expect(proof.events()).toHaveLength(before + 1);
    expect(await source.commit(plan, { reason: null, signal: NEVER })).toMatchObject({ kind: 'conflict' });
    expect(proof.events()).toHaveLength(before + 1);
  });

  it('takes a lock file away with the reason, tells of it, and puts it back', async () => {
    const proof = makeProof('living');
    const lock = leaveLock(proof);
    const bytes = readFileSync(lock);
    const { ledger } = startThreads();
    const source = opened(ledger, proof.folder);
    const plan = await planned(source, 'reap', await oneClaim(source));
    expect(await source.commit(plan, { reason: 'its machine burnt down', signal: NEVER })).toMatchObject({
      kind: 'done',
    });
    const undoables = await source.undoables?.();
    expect(undoables).toMatchObject([{ resource: 'ledger.lock', reason: 'its machine burnt down', against: null }]);
    expect(await source.undo?.(undoables![0]!.id, { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(readFileSync(lock)).toEqual(bytes);
    rmSync(lock);
  });

  it('stops waiting for a lock when its caller gives up', async () => {
    const proof = makeProof('living');
    proof.put(expiredClaim('living', '1'));
    const { ledger } = startThreads();
    const source = opened(ledger, proof.folder);
    const plan = await planned(source, 'reap', await oneClaim(source));
    writeFileSync(
      path.join(proof.ledger, 'ledger.lock'),
      '{"agent_id":"somebody","acquired_at":"2026-11-21T12:00:00Z"}',
    );
    const events = proof.events();
    for (const giveUpAfterMs of [0, 100]) {
      const aborter = new AbortController();
      const startedMs = performance.now();
      if (giveUpAfterMs === 0) aborter.abort();
      else setTimeout(() => aborter.abort(), giveUpAfterMs);
      const result = await source.commit(plan, { reason: null, signal: aborter.signal });
      expect(result.kind).toBe('refused');
      expect(performance.now() - startedMs).toBeLessThan(4_000);
    }
    expect(proof.events()).toEqual(events);
  });

  it('tells how far it is, and stops when it is told to; then it tells everything to whoever asks again', async () => {
    const folder = scriptFolder(path.join(await tempFolder(), 'many'), { claims: 20_000 });
    const { scripted } = startThreads();
    const source = opened(scripted, folder);
    const progress: unknown[] = [];
    const aborter = new AbortController();
    const reading = source.read({
      signal: aborter.signal,
      onProgress: (done, total) => {
        progress.push([done, total]);
        // From here on the parts come; most of them never.
        setTimeout(() => aborter.abort(), 20);
      },
    });
    await expect(reading).rejects.toThrow();
    expect(progress).toEqual([[1, 2]]);
    expect(await source.read({ signal: NEVER })).toMatchObject({ note: 'first', upserted: { length: 20_000 } });
    expect(await source.read({ signal: NEVER })).toMatchObject({ note: 'later' });
    await expect(source.read({ signal: aborter.signal })).rejects.toThrow();
  });

  it('closed in the middle of a long reading, is closed over there too', async () => {
    const folder = scriptFolder(path.join(await tempFolder(), 'one'), { claims: 3_000, tellsClosed: true });
    const source = startThreads().scripted.open(folder, createHost());
    const reading = source.read({
      signal: NEVER,
      onProgress: () => {
        source.close();
      },
    });
    await expect(reading).rejects.toThrow('no longer open');
    await eventually(() => readdirSync(folder).includes('closed'));
  });

  it('says nothing any more once it is closed, and is closed over there too', async () => {
    const root = await tempFolder();
    const folder = scriptFolder(path.join(root, 'one'), { claims: 1, tellsClosed: true });
    const { scripted } = startThreads();
    const source = scripted.open(folder, createHost());
    let hints = 0;
    source.watch(() => {
      hints += 1;
    });
    await source.read({ signal: NEVER });
    source.close();
    await eventually(() => readdirSync(folder).includes('closed'));
    await sleep(50);
    const before = hints;
    scriptFolder(folder, { claims: 2 });
    await sleep(100);
    expect(hints).toBe(before);
    await expect(source.read({ signal: NEVER })).rejects.toThrow('no longer open');
    source.close();
  });

  it('has what it has: a protocol that keeps no past and takes nothing away gives none', async () => {
    const folder = scriptFolder(path.join(await tempFolder(), 'one'), { claims: 1 });
    const { scripted } = startThreads();
    const source = opened(scripted, folder);
    expect(await source.read({ signal: NEVER })).toMatchObject({ upserted: [{ id: '0' }] });
    expect(await source.history?.('0', 5)).toEqual([]);
    expect(await source.undoables?.()).toEqual([]);
    expect(await source.undo?.('x', { signal: NEVER })).toMatchObject({ kind: 'refused' });
  });

  it('is watched once over there, and no more when nobody wants to', async () => {
    const folder = scriptFolder(path.join(await tempFolder(), 'one'), { claims: 1 });
    const { scripted, started } = startThreads();
    await scripted.recognise(folder);
    const [worker] = started;
    const sent: string[] = [];
    const post = worker!.postMessage.bind(worker);
    worker!.postMessage = (message: { kind: string }) => {
      sent.push(message.kind);
      post(message);
    };
    const source = opened(scripted, folder);
    const stop = source.watch(() => undefined);
    await source.read({ signal: NEVER });
    stop();
    expect(started).toHaveLength(1);
    expect(sent.filter((kind) => kind.endsWith('watch'))).toEqual(['watch', 'unwatch']);
  });

  it('that cannot be watched says so', async () => {
    const folder = scriptFolder(path.join(await tempFolder(), 'one'), { noWatch: true });
    const { scripted } = startThreads();
    let isUnwatched = false;
    onTestFinished(
      opened(scripted, folder).watch(
        () => undefined,
        () => {
          isUnwatched = true;
        },
      ),
    );
    await eventually(() => isUnwatched);
  });

  it('gives a hint for what changed after a reading, whatever order messages have', async () => {
    const proof = makeProof('living', ['1']);
    const { ledger } = startThreads();
    const source = opened(ledger, proof.folder);
    let hinted = 0;
    let heads = 0;
    let isReading = false;
    // As the inspector does: one reading at a time, one more for hints that came meanwhile.
    const read = async (): Promise<void> => {
      if (isReading) return;
      isReading = true;
      for (let seen = -1; seen !== hinted; ) {
        seen = hinted;
        heads = (await source.read({ signal: NEVER })).head ?? 0;
      }
      isReading = false;
    };
    onTestFinished(
      source.watch(() => {
        hinted += 1;
        void read().catch(() => undefined);
      }),
    );
    await read();
    for (let i = 0; i < 100; i += 1) {
      proof.put(claimEvent('living', '1', 'ada', Date.now() + 60_000));
      if (i % 7 === 0) await sleep(1);
      proof.put(releaseEvent('living', '1', 'ada'));
      if (i % 5 === 0) await sleep(1);
    }
    await eventually(() => heads === proof.events().length);
  });

  it('shares few threads with others, evenly', async () => {
    const root = await tempFolder();
    const threads = startThreads();
    const sources = Array.from({ length: 9 }, (_, i) => {
      const folder = scriptFolder(path.join(root, i.toString()), { claims: i });
      return opened(threads.scripted, folder);
    });
    const readings = await Promise.all(sources.map((source) => source.read({ signal: NEVER })));
    expect(readings.map(({ upserted }) => upserted.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(threads.started).toHaveLength(4);
    const texts = await Promise.all(sources.map(async (source) => (await source.record('0'))?.text.split(' ')[1]));
    const counts = [...new Set(texts)].map((text) => texts.filter((each) => each === text).length);
    expect(counts.sort()).toEqual([2, 2, 2, 3]);
  });
});
