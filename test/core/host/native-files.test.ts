import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesIn, type NativeFolder, NO_ROOM, NOT_READ, nativeFiles } from '../../../core/host/native-files';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockscope-native-')));
const native = await nativeFiles();
const room = Buffer.alloc(100);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('is there on Linux with glibc, on the machines that it knows', () => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const isKnown = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  expect(native !== null).toBe(isKnown && header.glibcVersionRuntime !== undefined);
});

describe.skipIf(native === null)('files of a folder, by calls of the system', () => {
  let opened: NativeFolder;
  beforeAll(() => {
    const given = native?.openFolder(folder) ?? null;
    if (given === null) throw new Error('the folder cannot be opened');
    opened = given;
  });
  afterAll(() => {
    opened.close();
  });

  it('reads a file whole, where it is told to, with the print that Node tells', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'hello');
    utimesSync(path, 1, 1_700_000_000.123_456);
    room.fill('.');
    expect(opened.readFile('file', room, 3, 5)).toBe(5);
    expect(room.toString('latin1', 0, 10)).toBe('...hello..');
    const { ino, size, mtimeMs, ctimeMs } = lstatSync(path);
    expect(opened.print).toEqual({ inode: ino, size, modifiedMs: mtimeMs, changedMs: ctimeMs });
    expect(opened.readFile('file', room, 0, 4)).toBe(NOT_READ);
    // One byte more is asked for, to see that it does not grow.
    expect(opened.readFile('file', room, 94, 5)).toBe(5);
    expect(opened.readFile('file', room, 95, 5)).toBe(NO_ROOM);
    expect(opened.print.size).toBe(5);
    writeFileSync(join(folder, 'empty'), '');
    expect(opened.readFile('empty', room, 0, 5)).toBe(0);
    expect(opened.readFile('file\0', room, 0, 5)).toBe(NOT_READ);
  });

  it('tells the times that Node tells, also odd ones', () => {
    const path = join(folder, 'times');
    for (const seconds of [0, 1, -1.5, -100_000_000.001, 2 ** 31 + 0.5, 2 ** 33, 1_700_000_000.999_999]) {
      writeFileSync(path, '');
      utimesSync(path, 0, seconds);
      expect(opened.lookAt('times')).toBe(true);
      expect(opened.print.modifiedMs, seconds.toString()).toBe(lstatSync(path).mtimeMs);
    }
  });

  it('reads nothing else, and waits for nobody', () => {
    mkdirSync(join(folder, 'folder'));
    symlinkSync('file', join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const name of ['folder', 'link', 'pipe', 'missing', '']) {
      expect(opened.readFile(name, room, 0, 100), name).toBe(NOT_READ);
    }
    expect(native?.openFolder(join(folder, 'file'))).toBeNull();
    expect(native?.openFolder(join(folder, 'missing'))).toBeNull();
    expect(opened.lookAt('missing')).toBe(false);
    expect(opened.lookAt('link')).toBe(true);
    expect(opened.print.inode).toBe(lstatSync(join(folder, 'link')).ino);
    chmodSync(join(folder, 'file'), 0);
    if (process.getuid?.() !== 0) expect(opened.readFile('file', room, 0, 100)).toBe(NOT_READ);
  });

  it.each([true, false])('lists what is there and what it is; aside: %s', async (aside) => {
    const many = join(folder, `many-${aside.toString()}`);
    mkdirSync(many);
    for (let i = 0; i < 500; i += 1) writeFileSync(join(many, `${'x'.repeat(i % 200)}-ü-${i.toString()}`), '');
    mkdirSync(join(many, 'folder'));
    symlinkSync('folder', join(many, 'link'));
    const listed = native?.openFolder(many);
    const seen = new Map<string, string>();
    const entries = Buffer.alloc(4_096);
    for (;;) {
      const length = aside ? await listed?.listAside(entries) : listed?.list(entries);
      if (length === undefined || length <= 0) break;
      entriesIn(entries, length, (from, to, kind) => seen.set(entries.toString('utf8', from, to), kind));
    }
    listed?.close();
    expect([...seen.keys()].sort()).toEqual(readdirSync(many).sort());
    expect([seen.get('folder'), seen.get('link'), seen.get('-ü-0')]).toEqual(['folder', 'other', 'file']);
  });
});
