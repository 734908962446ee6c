import { spawnSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DISCOVER_LIMITS, discover } from '../../inspector/discovery/discover';
import { claimFolderProtocol, makeClaimFolder } from '../helpers/claim-folder';
import { inspect, sleep, tempFolder } from '../helpers/inspect';

const never = new AbortController().signal;
const ports = [claimFolderProtocol()];

async function foldersFound(root: string, limits = DISCOVER_LIMITS): Promise<readonly string[]> {
  const { found } = await discover(root, ports, never, { limits });
  return found.map(({ folder }) => path.relative(root, folder));
}

describe('discovery', () => {
  it('finds the sources at a path and below, but not inside another source or what is never looked into', async () => {
    const root = await tempFolder();
    for (const each of ['a', 'a/inside', 'b/c', 'node_modules/d', 'e/.git/f', '.hidden']) {
      await makeClaimFolder(path.join(root, each));
    }
    expect(await foldersFound(root)).toEqual(['.hidden', 'a', 'b/c']);
    expect(await foldersFound(path.join(root, 'a'))).toEqual(['']);
    expect(await foldersFound(path.join(root, 'a', '.claims'))).toEqual([path.relative('a/.claims', 'a')]);
    expect(await foldersFound(path.join(root, 'nowhere'))).toEqual([]);
  });

  it('looks below a source whose protocol says that others may lie there', async () => {
    const root = await tempFolder();
    for (const each of ['a', 'a/inside', 'a/inside/deeper']) await makeClaimFolder(path.join(root, each));
    const open = [claimFolderProtocol({ mayHoldOthers: true })];
    const { found } = await discover(root, open, never);
    expect(found.map(({ folder }) => path.relative(root, folder))).toEqual(['a', 'a/inside', 'a/inside/deeper']);
  });

  it('asks for what may lie anywhere only at the path that was opened, and only where it is no source already', async () => {
    const root = await tempFolder();
    await makeClaimFolder(path.join(root, 'a'));
    const asked: string[] = [];
    const recogniseOpened = (folder: string): Promise<string> => {
      asked.push(path.relative(root, folder));
      return Promise.resolve(folder);
    };
    const anywhere = [{ ...claimFolderProtocol(), recogniseOpened }];
    const below = await discover(root, anywhere, never);
    expect(below.found.map(({ folder }) => path.relative(root, folder))).toEqual(['', 'a']);
    const itself = await discover(path.join(root, 'a'), anywhere, never);
    expect(itself.found.map(({ folder }) => path.relative(root, folder))).toEqual(['a']);
    expect(asked).toEqual(['']);
  });

  it('goes six levels down and says that there is more', async () => {
    const root = await tempFolder();
    await makeClaimFolder(path.join(root, '1/2/3/4/5/6'));
    const deep = await tempFolder();
    await makeClaimFolder(path.join(deep, '1/2/3/4/5/6/7'));
    expect(await discover(root, ports, never)).toMatchObject({ found: [{}], cutShort: null });
    const { found, cutShort } = await discover(deep, ports, never);
    expect(found).toEqual([]);
    expect(cutShort).toContain('6 levels');
  });

  it('follows links only inside, looks at each folder once, and is not caught in a loop', async () => {
    const outside = await makeClaimFolder(path.join(await tempFolder(), 'outside'));
    const root = await tempFolder();
    const real = await makeClaimFolder(path.join(root, 'real'));
    await mkdir(path.join(root, 'loop'));
    await symlink(root, path.join(root, 'loop', 'up'));
    await symlink('.', path.join(root, 'loop', 'self'));
    await symlink(real, path.join(root, 'loop', 'again'));
    await symlink(outside, path.join(root, 'out'));
    await symlink('nowhere', path.join(root, 'broken'));
    expect(await foldersFound(root)).toEqual(['real']);
    // The path that was opened may itself be a link.
    const link = path.join(await tempFolder(), 'link');
    await symlink(root, link);
    expect((await discover(link, ports, never)).found).toMatchObject([{ folder: real }]);
  });

  it('passes over a FIFO, a socket file, odd names and folders that may not be read', async () => {
    const root = await tempFolder();
    spawnSync('mkfifo', [path.join(root, 'fifo'), path.join(root, '.claims')]);
    await makeClaimFolder(path.join(root, 'line\nend \u202e'));
    // For root no folder is unreadable: there it is simply looked into.
    await mkdir(path.join(root, 'closed'));
    await chmod(path.join(root, 'closed'), 0);
    expect(await foldersFound(root)).toEqual(['line\nend \u202e']);
    expect(await foldersFound(path.join(root, 'fifo'))).toEqual([]);
  });

  it('looks into 5,000 folders in time, and stops at a bound on their number', async () => {
    const root = await tempFolder();
    for (let i = 0; i < 50; i += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) => mkdir(path.join(root, `${i}/${j}`), { recursive: true })),
      );
    }
    await makeClaimFolder(path.join(root, '49/99/last'));
    expect(await foldersFound(root)).toEqual(['49/99/last']);
    const { cutShort } = await discover(root, ports, never, { limits: { ...DISCOVER_LIMITS, folders: 100 } });
    expect(cutShort).toContain('more than 100 folders');
  });

  it('ends in time, or when given up, even when a look never comes back', async () => {
    const root = await tempFolder();
    const stuck = { ...claimFolderProtocol(), recognise: () => new Promise<string | null>(() => undefined) };
    const { cutShort } = await discover(root, [stuck], never, { limits: { ...DISCOVER_LIMITS, ms: 100 } });
    expect(cutShort).toContain('longer than 0.1 s');
    const aborter = new AbortController();
    const looking = discover(root, [stuck], aborter.signal);
    await sleep(10);
    aborter.abort();
    expect((await looking).found).toEqual([]);
  });

  it('does not fail when a protocol does', async () => {
    const root = await makeClaimFolder(path.join(await tempFolder(), 'a'));
    const bad = {
      ...claimFolderProtocol(),
      recognise: () => {
        throw new Error('no');
      },
    };
    expect((await discover(root, [bad, ...ports], never)).found).toHaveLength(1);
  });
});

describe('opening', () => {
  it('remembers the paths that led to something, and opens nothing twice', async () => {
    const root = await tempFolder();
    const folder = await makeClaimFolder(path.join(root, 'a'));
    await mkdir(path.join(root, 'empty'));
    const protocol = claimFolderProtocol();
    const inspector = inspect({ protocols: [protocol], dataFolder: path.join(root, 'data'), watch: false });
    const first = await inspector.open(folder);
    expect(await inspector.open(`${folder}/`)).toEqual(first);
    expect(await inspector.open(root)).toEqual(first);
    expect(protocol.counts.open).toBe(1);
    expect(inspector.openedPaths()).toEqual([folder, root]);
    expect(await inspector.open(path.join(root, 'empty'))).toMatchObject({ kind: 'nothing-found' });
    expect(await inspector.open('relative')).toMatchObject({ kind: 'nothing-found' });
    expect(await inspector.open('/\0')).toMatchObject({ kind: 'nothing-found' });
    expect(inspector.openedPaths()).toEqual([folder, root]);
    const aborter = new AbortController();
    aborter.abort();
    expect(await inspector.open(folder, aborter.signal)).toEqual({ kind: 'cancelled' });
  });

  it('says when not everything was looked at', async () => {
    const root = await tempFolder();
    await makeClaimFolder(path.join(root, 'a'));
    await mkdir(path.join(root, '1/2/3/4/5/6/7'), { recursive: true });
    await writeFile(path.join(root, 'file'), '');
    const inspector = inspect({ protocols: ports, dataFolder: path.join(root, 'data'), watch: false });
    const notices: string[] = [];
    inspector.onNotice(({ tone, message }) => notices.push(`${tone}: ${message}`));
    await inspector.open(root);
    expect(notices).toEqual([expect.stringMatching(/^info: Not everything below .* 6 levels down\. Open a folder/)]);
    expect(await inspector.open(path.join(root, '1'))).toMatchObject({ kind: 'nothing-found' });
  });

  it('does not call a path empty that is not there', async () => {
    const missing = path.join(await tempFolder(), 'missing');
    const inspector = inspect({ protocols: ports, dataFolder: `${missing}-data`, watch: false });
    expect(await inspector.open(missing)).toEqual({
      kind: 'nothing-found',
      message: `${missing} cannot be looked at: it is not there (ENOENT).`,
    });
  });
});
