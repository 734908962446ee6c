import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ExchangeOutcome, type FileExchange, fileExchange } from '../../../core/host/exchange';

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockscope-exchange-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function files(): Promise<FileExchange> {
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot') throw new Error(loaded.reason);
  return loaded.files;
}

async function exchangeFiles(a: string, b: string): Promise<ExchangeOutcome> {
  const loaded = await fileExchange();
  return loaded.kind === 'can' ? loaded.files.exchange(a, b) : loaded;
}

describe.runIf(process.platform === 'linux' || process.platform === 'darwin')('steps on names', () => {
  it('swaps two files, each as it is, and also a file with a folder, a link, or a folder elsewhere', async () => {
    const folder = tempFolder();
    const [a, b] = [join(folder, 'a ü'), join(folder, 'sub', 'b')];
    mkdirSync(join(folder, 'sub'));
    writeFileSync(a, 'A');
    writeFileSync(b, 'B');
    const inode = lstatSync(a).ino;
    expect(await exchangeFiles(a, b)).toEqual({ kind: 'done' });
    expect([readFileSync(a, 'utf8'), readFileSync(b, 'utf8')]).toEqual(['B', 'A']);
    expect(lstatSync(b).ino).toBe(inode);

    rmSync(a);
    mkdirSync(a);
    writeFileSync(join(a, 'inside'), 'x');
    expect(await exchangeFiles(a, b)).toEqual({ kind: 'done' });
    expect(readFileSync(a, 'utf8')).toBe('A');
    expect(readdirSync(b)).toEqual(['inside']);

    rmSync(a);
    symlinkSync('nowhere', a);
    expect(await exchangeFiles(b, a)).toEqual({ kind: 'done' });
    expect(readlinkSync(b)).toBe('nowhere');
    expect(readdirSync(a)).toEqual(['inside']);
  });

  it('changes nothing where one is missing, or the system has no such step', async () => {
    const folder = tempFolder();
    const a = join(folder, 'a');
    writeFileSync(a, 'A');
    expect(await exchangeFiles(a, join(folder, 'none'))).toEqual({ kind: 'gone' });
    expect(await exchangeFiles(a, `${a}\0b`)).toMatchObject({ kind: 'broken' });
    // A folder and what is in it.
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'b'), 'B');
    expect(await exchangeFiles(join(folder, 'sub'), join(folder, 'sub', 'b'))).toMatchObject({ kind: 'cannot' });
    expect(readdirSync(folder).sort()).toEqual(['a', 'sub']);
  });

  it.runIf(existsSync('/dev/shm') && existsSync('/proc/self/mounts'))('says that two file systems cannot', async () => {
    const here = tempFolder();
    const there = mkdtempSync('/dev/shm/lockscope-exchange-');
    onTestFinished(() => {
      rmSync(there, { recursive: true, force: true });
    });
    if (lstatSync(here).dev === lstatSync(there).dev) return;
    writeFileSync(join(here, 'a'), 'A');
    writeFileSync(join(there, 'b'), 'B');
    expect(await exchangeFiles(join(here, 'a'), join(there, 'b'))).toMatchObject({
      kind: 'cannot',
      reason: expect.stringContaining('EXDEV') as string,
    });
    expect(readFileSync(join(here, 'a'), 'utf8')).toBe('A');
  });

  it('moves to a name that is free, and to no other', async () => {
    const system = await files();
    const folder = tempFolder();
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(a, 'A');
    mkdirSync(b);
    expect(system.moveNew(a, b)).toEqual({ kind: 'taken' });
    expect(system.moveNew(b, a)).toEqual({ kind: 'taken' });
    rmSync(a);
    expect(system.moveNew(b, a)).toEqual({ kind: 'done' });
    expect(readdirSync(folder)).toEqual(['a']);
    expect(system.moveNew(b, join(folder, 'c'))).toEqual({ kind: 'gone' });
  });

  it('locks a file for one holder until it is closed', async () => {
    const system = await files();
    const path = join(tempFolder(), 'lock');
    const [one, two] = [openSync(path, 'w'), openSync(path, 'r')];
    expect(system.tryLock(one)).toEqual({ kind: 'locked' });
    expect(system.tryLock(two)).toEqual({ kind: 'busy' });
    closeSync(one);
    expect(system.tryLock(two)).toEqual({ kind: 'locked' });
    closeSync(two);
    expect(system.tryLock(two)).toMatchObject({ kind: 'broken' });
  });
});
