import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../core/host/make-folder';
import { tempFolder } from '../../helpers/inspect';

describe('a folder for this user alone', () => {
  it('is made with all that is missing above it, by several at once', async () => {
    const folder = join(await tempFolder(), 'a', 'b', 'c');
    await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(folder)]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await makeFolder(folder);
  });

  it('is not made where something else stands', async () => {
    const file = join(await tempFolder(), 'file');
    writeFileSync(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(existsSync('/proc/self'))('is given up where the system calls a folder missing that is there', async () => {
    await expect(makeFolder('/proc/lockscope/data')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
