import { writeFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { discover } from '../../../inspector/discovery/discover';
import { NEVER } from '../../core/ledger/proof';
import { claimFolderProtocol, makeClaimFolder } from '../../helpers/claim-folder';
import { inspect, sleep, tempFolder } from '../../helpers/inspect';
import { scriptFolder } from '../../helpers/scripted-folder';
import { startThreads } from '../../helpers/threads';

const LIMIT_MS = 60_000;

/** A folder that keeps whoever looks at it, until the test ends. */
function hangingFolder(folder: string): string {
  scriptFolder(folder, { on: { recognise: 'hang' } });
  onTestFinished(() => {
    writeFileSync(path.join(folder, 'go'), '');
  });
  return folder;
}

describe('discovery on threads', () => {
  it('finds what discovery finds, links and limits included', async () => {
    const root = await tempFolder();
    for (const each of ['a', 'a/inside', 'b/c', 'node_modules/d', '1/2/3/4/5/6/7']) {
      await makeClaimFolder(path.join(root, each));
    }
    await symlink(path.join(root, 'b'), path.join(root, 'again'));
    await symlink(root, path.join(root, 'b', 'up'));
    const link = path.join(await tempFolder(), 'link');
    await symlink(root, link);
    const threads = startThreads();
    for (const start of [root, link, path.join(root, 'a', '.claims'), path.join(root, 'gone'), path.join(root, '1')]) {
      const here = await discover(start, [claimFolderProtocol()], NEVER);
      const there = await threads.discover(start, NEVER);
      expect(there.found.map(({ folder }) => folder)).toEqual(here.found.map(({ folder }) => folder));
      expect([there.cutShort, there.closed]).toEqual([here.cutShort, here.closed]);
    }
    expect(threads.started).toHaveLength(1);
  });

  it(
    'goes on around a place that does not answer, on another thread, and names it',
    async () => {
      const root = await tempFolder();
      const sources = path.join(root, 'sources');
      await makeClaimFolder(path.join(sources, 'a'));
      const hung = hangingFolder(path.join(sources, 'hung'));
      await makeClaimFolder(path.join(sources, 'z', 'deep'));
      const threads = startThreads();
      const inspector = inspect({ ...threads, dataFolder: path.join(root, 'data'), watch: false });
      const notices: string[] = [];
      inspector.onNotice(({ message }) => notices.push(message));
      const outcome = await inspector.open(sources);
      expect(outcome).toMatchObject({ kind: 'opened', sourceIds: [expect.anything(), expect.anything()] });
      expect(notices).toEqual([`Not everything below ${sources} was looked at: ${hung} did not answer for 2 s.`]);

      expect(await inspector.open(hung)).toEqual({
        kind: 'nothing-found',
        message: `${hung} cannot be looked at: its disk did not answer for 2 s.`,
      });
      // What threads hang in leaves the others free.
      await mkdir(path.join(root, 'empty'));
      expect(await threads.discover(path.join(root, 'empty'), NEVER)).toEqual({
        found: [],
        cutShort: null,
        closed: null,
      });
    },
    LIMIT_MS,
  );

  it(
    'is not kept by a thread that a walk of somebody else hangs on',
    async () => {
      const root = await tempFolder();
      const hung = hangingFolder(path.join(root, 'hung'));
      await makeClaimFolder(path.join(root, 'fine'));
      const threads = startThreads();
      const all = await Promise.all(
        [hung, 'fine', hung, 'fine', 'fine', 'fine', 'fine', 'fine'].map((each) =>
          threads.discover(path.resolve(root, each), NEVER),
        ),
      );
      expect(all.map(({ found }) => found.length)).toEqual([0, 1, 0, 1, 1, 1, 1, 1]);
    },
    LIMIT_MS,
  );

  it('ends at once when it is given up, also while a place does not answer', async () => {
    const root = await tempFolder();
    const hung = hangingFolder(path.join(root, 'hung'));
    const aborter = new AbortController();
    const looking = startThreads().discover(hung, aborter.signal);
    await sleep(50);
    const beganMs = performance.now();
    aborter.abort();
    expect(await looking).toEqual({ found: [], cutShort: null, closed: null });
    expect(performance.now() - beganMs).toBeLessThan(500);
  });

  it('tells which paths are there', async () => {
    const root = await tempFolder();
    expect(await startThreads().presence([root, path.join(root, 'gone'), root])).toEqual(['there', 'missing', 'there']);
  });
});
