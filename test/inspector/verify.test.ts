import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimFolderProtocol, dropClaim, makeClaimFolder, putClaim } from '../helpers/claim-folder';
import { inspect, rowOf, tempFolder } from '../helpers/inspect';

const CLAIM = { holder: 'ada', acquiredAtMs: 1_000, expiresAtMs: null };

/** A folder of claims that is open and read; `before` runs before the reading of that number, counted from then on. */
async function opened(before: (reading: number, folder: string) => Promise<void> = () => Promise.resolve()) {
  const root = await tempFolder();
  const folder = await makeClaimFolder(path.join(root, 'claims'));
  await putClaim(folder, 'a', CLAIM);
  await putClaim(folder, 'b', CLAIM);
  let reading = Number.NEGATIVE_INFINITY;
  const protocol = claimFolderProtocol({
    beforeRead: async () => {
      reading += 1;
      await before(reading, folder);
    },
  });
  const inspector = inspect({ protocols: [protocol], dataFolder: path.join(root, 'data'), watch: false });
  await inspector.open(folder);
  await inspector.settled();
  reading = 0;
  const sourceId = inspector.snapshot().sources[0]?.id ?? '';
  return { inspector, sourceId, folder };
}

describe('verifying a source', () => {
  it('tells that it is what was shown, and of how much', async () => {
    const { inspector, sourceId } = await opened();
    const outcome = await inspector.verify(sourceId);
    expect(outcome).toMatchObject({ kind: 'same', head: inspector.snapshot().sources[0]?.head, claims: 2 });
    expect(outcome.kind === 'same' && outcome.tookMs).toBeGreaterThan(0);
  });

  it('takes up first what is new: that is no difference', async () => {
    const { inspector, sourceId, folder } = await opened();
    await dropClaim(folder, 'a');
    await putClaim(folder, 'c', CLAIM);
    expect(await inspector.verify(sourceId)).toMatchObject({ kind: 'same', claims: 2 });
    expect(rowOf(inspector.snapshot(), 'c')?.holder).toBe('ada');
  });

  it('names each claim that the fresh reading shows otherwise, and shows the fresh picture', async () => {
    const { inspector, sourceId } = await opened(async (reading, folder) => {
      if (reading !== 2) return;
      await dropClaim(folder, 'a');
      await putClaim(folder, 'b', { ...CLAIM, holder: 'eve' });
      await putClaim(folder, 'c', CLAIM);
    });
    const outcome = await inspector.verify(sourceId);
    expect(outcome).toMatchObject({
      kind: 'differed',
      claims: 2,
      differences: [
        'The claim on b is not the one that was shown.',
        'There is a claim on c that was not shown.',
        'The claim on a that was shown is not there.',
      ],
    });
    expect(rowOf(inspector.snapshot(), 'b')?.holder).toBe('eve');
  });

  it('fails in a sentence when the source cannot be read again, and for one that is not open', async () => {
    const { inspector, sourceId } = await opened((reading) =>
      reading === 2 ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(),
    );
    const failed = await inspector.verify(sourceId);
    expect(failed.kind === 'failed' && failed.error).toContain('the disk is gone');
    expect(inspector.snapshot().claims).toHaveLength(2);
    inspector.close(sourceId);
    expect(await inspector.verify(sourceId)).toEqual({ kind: 'failed', error: 'This source is no longer open.' });
  });
});
