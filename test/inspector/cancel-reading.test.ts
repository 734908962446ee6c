import path from 'node:path';
import { expect, test } from 'vitest';
import type { SourceRow } from '../../core/model';
import type { Inspector } from '../../inspector';
import { claimFolderProtocol, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { eventually, inspect, sleep, tempFolder } from '../helpers/inspect';

const FOREVER = { holder: 'ada', acquiredAtMs: 0, expiresAtMs: null };

function rowOf(inspector: Inspector): SourceRow | undefined {
  return inspector.snapshot().sources[0];
}

/** A claim folder whose readings wait until they are let through, or are told to stop. */
async function slowSource() {
  const folder = await tempFolder();
  const claims = await makeClaimFolder(path.join(folder, 'claims'));
  await putClaim(claims, 'one', FOREVER);
  const slow = { isSlow: true };
  const protocol = claimFolderProtocol({
    beforeRead: (signal) =>
      new Promise((resolve, reject) => {
        if (!slow.isSlow) resolve();
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
      }),
  });
  const inspector = inspect({ protocols: [protocol], dataFolder: path.join(folder, 'data') });
  await inspector.open(claims);
  const { id } = await eventually(() => rowOf(inspector));
  await eventually(() => protocol.counts.reads === 1);
  return { claims, slow, protocol, inspector, id };
}

test('a reading that was given up leaves the source open, not read, and at rest until it is asked for', async () => {
  const { claims, slow, protocol, inspector, id } = await slowSource();
  expect(rowOf(inspector)?.status.kind).toBe('reading');
  inspector.cancelReading(id);
  expect(rowOf(inspector)).toMatchObject({ status: { kind: 'not-read' }, held: 0, readAtMs: null, findings: [] });
  await inspector.settled();
  slow.isSlow = false;
  await putClaim(claims, 'two', FOREVER);
  await sleep(150);
  expect(protocol.counts.reads).toBe(1);
  expect(await inspector.verify(id)).toEqual({ kind: 'failed', error: 'It has not been read yet: read it first.' });

  await inspector.reread(id);
  expect(rowOf(inspector)).toMatchObject({ status: { kind: 'readable' }, held: 2 });
  expect(protocol.counts.fresh, 'What is kept of it may be used.').toBe(0);
  await putClaim(claims, 'three', FOREVER);
  await eventually(() => rowOf(inspector)?.held === 3);
});

test('one that is read again at once is not taken for out of reach', async () => {
  const { slow, inspector, id } = await slowSource();
  const seen = new Set<string>();
  inspector.onChanges(({ changes }) => {
    for (const change of changes) if (change.kind === 'source') seen.add(change.source.status.kind);
  });
  inspector.cancelReading(id);
  slow.isSlow = false;
  await inspector.reread(id);
  expect(rowOf(inspector)).toMatchObject({ status: { kind: 'readable' }, held: 1 });
  expect([...seen]).toEqual(['not-read', 'reading', 'readable']);
});

test('what has been read once cannot be given up any more', async () => {
  const { slow, inspector, id, claims } = await slowSource();
  inspector.cancelReading(id);
  slow.isSlow = false;
  await inspector.reread(id);
  inspector.cancelReading(id);
  inspector.cancelReading('no such source');
  expect(rowOf(inspector)?.status.kind).toBe('readable');
  await putClaim(claims, 'two', FOREVER);
  await eventually(() => rowOf(inspector)?.held === 2);
});
