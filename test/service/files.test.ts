import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dataFolder } from '../../service/data-folder';
import { jsonFile } from '../../service/json-file';
import { openSettings } from '../../service/settings';
import { chooseStartPaths } from '../../service/start-paths';
import { openWorkspace } from '../../service/workspace';
import { startThreads } from '../helpers/threads';

let folder: string;
let said: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockscope-service-'));
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('dataFolder', () => {
  const home = '/home/op';
  test.each([
    ['linux', {}, '/home/op/.local/state/lockscope'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/lockscope'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/home/op/.local/state/lockscope'],
    ['linux', { XDG_STATE_HOME: '/state', LOCKSCOPE_HOME: '/own' }, '/own'],
    ['darwin', {}, '/home/op/Library/Application Support/Lockscope'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/Lockscope'],
  ] as const)('on %s with %j', (platform, env, expected) => {
    expect(dataFolder({ env, platform, home })).toBe(expected);
  });
});

describe('jsonFile', () => {
  const open = () =>
    jsonFile<number[]>(join(folder, 'deep', 'list.json'), (value) => (Array.isArray(value) ? value.map(Number) : null));

  test('a reader sees the old content or the new one, never anything between', async () => {
    const long = (fill: number) => Array.from({ length: 20_000 }, () => fill);
    await open().write(long(0));
    const file = open();
    let left = 30;
    const written = Promise.all(
      Array.from({ length: left }, (_, i) => file.write(long(i + 1)).then(() => (left -= 1))),
    );
    let reads = 0;
    while (left > 0) {
      const list = JSON.parse(await readFile(join(folder, 'deep', 'list.json'), 'utf8')) as number[];
      expect(list).toHaveLength(20_000);
      expect(new Set(list).size).toBe(1);
      reads += 1;
    }
    await written;
    expect(reads).toBeGreaterThan(5);
    expect(await readdir(join(folder, 'deep'))).toEqual(['list.json']);
  });

  test('writes end in the order of the calls, also when one is refused', async () => {
    const file = open();
    await file.write([1]);
    const path = join(folder, 'deep', 'list.json');
    await rm(path);
    await mkdir(path);
    await writeFile(join(path, 'in the way'), '');
    const refused = file.write([2]);
    await expect(refused).rejects.toThrow();
    expect(await readdir(join(folder, 'deep'))).toEqual(['list.json']);
    await rm(path, { recursive: true });
    await Promise.all([file.write([3]), file.write([4]), file.write([5])]);
    expect(await file.read()).toEqual([5]);
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '{"a":1}'],
    ['nothing', ''],
    ['far too long', `[${'1,'.repeat(200_000)}1]`],
  ])('a file that holds %s is kept aside', async (_name, text) => {
    const file = open();
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'list.json'), text);
    expect(await file.read()).toBeNull();
    expect(await readFile(join(folder, 'deep', 'list.json.broken'), 'utf8')).toBe(text);
    expect(said).toContain('was not understood');
    await file.write([7]);
    expect(await file.read()).toEqual([7]);
  });

  test('nobody else may read it', async () => {
    await open().write([1]);
    expect((await stat(join(folder, 'deep', 'list.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700);
  });
});

describe('settings', () => {
  test('are the defaults until something is set, and are there at the next start', async () => {
    const settings = await openSettings(folder);
    expect(settings.current()).toEqual({ theme: 'system', actAs: '' });
    const heard: unknown[] = [];
    const stop = settings.onChange((changed) => heard.push(changed));
    await settings.save({ theme: 'dark', actAs: 'ada' });
    stop();
    await settings.save({ theme: 'light', actAs: 'ada' });
    expect(heard).toEqual([{ theme: 'dark', actAs: 'ada' }]);
    expect((await openSettings(folder)).current()).toEqual({ theme: 'light', actAs: 'ada' });
  });

  test('broken ones are the defaults; those of a newer version keep what is known', async () => {
    await writeFile(join(folder, 'settings.json'), '{"theme":"pink"}');
    expect((await openSettings(folder)).current().theme).toBe('system');
    expect(await readdir(folder)).toEqual(['settings.json.broken']);
    await writeFile(join(folder, 'settings.json'), '{"theme":"dark","density":3}');
    expect((await openSettings(folder)).current()).toEqual({ theme: 'dark', actAs: '' });
  });

  test('that cannot be written stay as they were, and the caller is told', async () => {
    const settings = await openSettings(join(folder, 'file', 'below'));
    await writeFile(join(folder, 'file'), '');
    await expect(settings.save({ theme: 'dark', actAs: '' })).rejects.toThrow();
    expect(settings.current().theme).toBe('system');
  });
});

describe('workspace', () => {
  test('remembers what was open, without the demo and with what is not there now', async () => {
    const first = await openWorkspace(folder);
    expect(first.last).toEqual([]);
    first.leaveOut('/tmp/demo');
    first.keep('/mnt/away');
    await first.remember(['/a', '/tmp/demo', '/b', '/a']);
    expect((await openWorkspace(folder)).last).toEqual(['/a', '/b', '/mnt/away']);
  });

  test('that is broken is empty, and a folder that cannot be written is logged', async () => {
    await writeFile(join(folder, 'workspace.json'), '{"paths":["relative"]}');
    const workspace = await openWorkspace(folder);
    expect(workspace.last).toEqual([]);
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    await workspace.remember(['/a']);
    expect(said).toContain('cannot be remembered');
  });
});

describe('chooseStartPaths', () => {
  const presence = (paths: readonly string[]) => startThreads().presence(paths);

  test('given paths win, there or not', async () => {
    expect(await chooseStartPaths(['/nowhere'], [folder], presence)).toEqual({
      from: 'arguments',
      paths: ['/nowhere'],
      missing: [],
    });
  });

  test('then what is still there of the last workspace, then the demo', async () => {
    const gone = join(folder, 'gone');
    expect(await chooseStartPaths([], [gone, folder], presence)).toEqual({
      from: 'last workspace',
      paths: [folder],
      missing: [gone],
    });
    expect(await chooseStartPaths([], [gone], presence)).toEqual({ from: 'demo', paths: [], missing: [gone] });
    expect(await chooseStartPaths([], [], presence)).toEqual({ from: 'demo', paths: [], missing: [] });
  });

  test('a folder that may not be looked into is still there', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o000);
    expect((await chooseStartPaths([], [closed], presence)).paths).toEqual([closed]);
    await chmod(closed, 0o700);
  });
});
