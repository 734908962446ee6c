import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeptBands } from '../../service/kept-bands';
import { claimFolderProtocol, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { eventually, inspect, rowOf, tempFolder } from '../helpers/inspect';

const MINUTE = 60_000;
const OWN = { nearExpiryMs: 5 * MINUTE, longOverMs: 5 * MINUTE };

describe('the thresholds of a source', () => {
  it('are those of its own tools, until an operator sets others, and then again', async () => {
    const root = await tempFolder();
    const folder = await makeClaimFolder(path.join(root, 'a'));
    const nowMs = Date.now();
    const claim = { holder: 'ada', acquiredAtMs: nowMs - 60 * MINUTE, bands: OWN };
    await putClaim(folder, 'near', { ...claim, expiresAtMs: nowMs + 4 * MINUTE });
    await putClaim(folder, 'far', { ...claim, expiresAtMs: nowMs + 8 * MINUTE });
    await putClaim(folder, 'over', { ...claim, expiresAtMs: nowMs - 4 * MINUTE });
    const inspector = inspect({
      protocols: [claimFolderProtocol({ bands: OWN })],
      dataFolder: path.join(root, 'data'),
    });
    await inspector.open(root);
    await inspector.settled();
    const verdicts = (): readonly unknown[] =>
      ['near', 'far', 'over'].map((resource) => rowOf(inspector.snapshot(), resource)?.verdict);
    const [source] = inspector.snapshot().sources;
    const isLongOver = async (): Promise<boolean> => {
      const detail = await inspector.detail(rowOf(inspector.snapshot(), 'over')?.key ?? '');
      return detail?.evidence.some(({ kind }) => kind === 'long-over') === true;
    };
    expect(verdicts()).toEqual(['expiring', 'live', 'expired']);
    expect(source?.bands).toEqual({ ...OWN, own: true });
    expect(await isLongOver()).toBe(false);

    inspector.setBands(source?.id ?? '', { nearExpiryMs: 10 * MINUTE, longOverMs: MINUTE });
    await eventually(() => verdicts()[1] === 'expiring');
    expect(verdicts()).toEqual(['expiring', 'expiring', 'expired']);
    expect(inspector.snapshot().sources[0]?.bands).toEqual({
      nearExpiryMs: 10 * MINUTE,
      longOverMs: MINUTE,
      own: false,
    });
    expect(await isLongOver()).toBe(true);

    inspector.setBands(source?.id ?? '', null);
    await eventually(() => verdicts()[1] === 'live');
    expect(inspector.snapshot().sources[0]?.bands).toEqual({ ...OWN, own: true });
  });

  it('are shown of no source whose protocol has none', async () => {
    const root = await tempFolder();
    await makeClaimFolder(path.join(root, 'a'));
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder: path.join(root, 'data') });
    await inspector.open(root);
    await inspector.settled();
    const [source] = inspector.snapshot().sources;
    inspector.setBands(source?.id ?? '', OWN);
    expect(inspector.snapshot().sources[0]).not.toHaveProperty('bands');
  });

  it('are kept for the next start, and a broken file is no trouble', async () => {
    const data = await tempFolder();
    const set = { nearExpiryMs: 1_000, longOverMs: 2_000 };
    const kept = await openKeptBands(data);
    await kept.set('a', set);
    await kept.set('b', set);
    await kept.set('b', null);
    const again = await openKeptBands(data);
    expect([again.of('a'), again.of('b')]).toEqual([set, undefined]);
    await mkdir(data, { recursive: true });
    await writeFile(path.join(data, 'bands.json'), '{"bySource":{"a":{"nearExpiryMs":-1}}}');
    expect((await openKeptBands(data)).of('a')).toBeUndefined();
  });
});

describe('the other claims of a holder', () => {
  it('are those of its name and those of its process, but not of a later process of that number', async () => {
    const root = await tempFolder();
    const folder = await makeClaimFolder(path.join(root, 'a'));
    const process = { host: 'here', bootId: null, pidNamespace: null, pid: 42, startTicks: 7 };
    const claim = { acquiredAtMs: Date.now(), expiresAtMs: null };
    await putClaim(folder, 'it', { ...claim, holder: 'ada', process });
    await putClaim(folder, 'same-name', { ...claim, holder: 'ada' });
    await putClaim(folder, 'same-process', { ...claim, holder: 'flock', process });
    await putClaim(folder, 'start-not-known', { ...claim, holder: 'bo', process: { ...process, startTicks: null } });
    await putClaim(folder, 'later-process', { ...claim, holder: 'bo', process: { ...process, startTicks: 8 } });
    await putClaim(folder, 'other-host', { ...claim, holder: 'bo', process: { ...process, host: 'there' } });
    const inspector = inspect({ protocols: [claimFolderProtocol()], dataFolder: path.join(root, 'data') });
    await inspector.open(root);
    await inspector.settled();
    const detail = await inspector.detail(rowOf(inspector.snapshot(), 'it')?.key ?? '');
    expect(detail?.alsoHolds.map(({ resource }) => resource).sort()).toEqual([
      'same-name',
      'same-process',
      'start-not-known',
    ]);
  });
});
