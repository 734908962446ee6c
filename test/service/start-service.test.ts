import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { type RunningService, startService } from '../../service';
import { tempFolder } from '../helpers/inspect';

const PROOF = join(import.meta.dirname, '..', 'fixtures', 'af', 'three-agents');

let home: string;
let one: string;
let two: string;

beforeEach(async () => {
  const folder = await tempFolder();
  home = join(folder, 'home');
  one = join(folder, 'one');
  two = join(folder, 'two');
  await cp(PROOF, one, { recursive: true });
  await cp(PROOF, two, { recursive: true });
  vi.stubEnv('LOCKSCOPE_HOME', home);
  vi.stubEnv('TMPDIR', folder);
  return () => vi.unstubAllEnvs();
});

async function titles(running: RunningService): Promise<readonly string[]> {
  await running.inspector.settled();
  return running.inspector.snapshot().sources.map((source) => source.title);
}

async function notices(running: RunningService): Promise<readonly string[]> {
  const messages: string[] = [];
  running.service.onPush((push, value) => {
    if (push === 'notice') messages.push((value as { message: string }).message);
  });
  await running.service.answer('hello', {});
  await new Promise((resolve) => setImmediate(resolve));
  return messages;
}

const options = { program: 'web', readOnly: false, watch: true } as const;

test('a start without paths opens what the one before had open, and says what is gone', async () => {
  const first = await startService({ ...options, paths: [one, two] });
  expect(await first.opened).toBe('arguments');
  expect(await titles(first)).toEqual(['one', 'two']);
  expect(await notices(first)).toEqual([]);
  await Promise.all([first.stop(), first.stop()]);

  const workspace = join(home, 'workspace.json');
  const remembered = JSON.parse(await readFile(workspace, 'utf8')) as { paths: string[] };
  expect(remembered.paths).toEqual([one, two]);
  const gone = join(home, 'gone');
  await writeFile(workspace, JSON.stringify({ paths: [one, gone] }));

  const second = await startService({ ...options, paths: [] });
  expect(await second.opened).toBe('last workspace');
  expect(await titles(second)).toEqual(['one']);
  expect(await notices(second)).toEqual([expect.stringContaining(gone)]);
  await second.stop();
  // A disk that is away now may be back at the next start.
  expect((JSON.parse(await readFile(workspace, 'utf8')) as { paths: string[] }).paths).toEqual([one, gone]);
});

test('a path that shows nothing is told, and leaves the service at work', async () => {
  const running = await startService({ ...options, paths: [join(home, 'nowhere'), one] });
  await running.opened;
  expect(await titles(running)).toEqual(['one']);
  expect(await notices(running)).toHaveLength(1);
  await running.stop();
});

test('stopping at once waits for the opening, and leaves no process, watch or file', async () => {
  const running = await startService({ ...options, paths: [] });
  await running.stop();
  expect(await running.opened).toBe('demo');
  expect((await readdir(join(home, '..'))).filter((name) => name.startsWith('lockscope-demo'))).toEqual([]);
  expect(await running.service.answer('snapshot', {})).toMatchObject({ ok: false });
});

test('the settings of the running service are those that it answers with', async () => {
  const running = await startService({ ...options, paths: [one] });
  await running.service.answer('saveSettings', { theme: 'light', actAs: 'bo' });
  expect(running.settings.current()).toEqual({ theme: 'light', actAs: 'bo' });
  await running.stop();
});
