import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode } from '../../../core/host/errors';
import { lookOf, nodeSteps, placeOf } from '../../../core/host/file-steps';
import { type NativeCalls, NativeSteps } from '../../../core/host/native-steps';
import { fileSteps, fileStepsNow } from '../../../core/host/quickest-steps';

const own = await fileSteps();
let folder = '';
const at = (name: string) => placeOf(join(folder, name));
const codeOf = (step: () => unknown): string | null => {
  try {
    step();
    return null;
  } catch (error) {
    return errorCode(error);
  }
};

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockscope-steps-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('are those of the system on Linux with glibc, on the machines that are known, and of Node elsewhere', () => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const isKnown = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  expect(own instanceof NativeSteps).toBe(isKnown && header.glibcVersionRuntime !== undefined);
  expect(fileStepsNow()).toBe(own);
});

describe.each([
  ['own', own],
  ['node', nodeSteps],
] as const)('steps on files, those of %s', (_way, steps) => {
  it('make a file of mode 0600 with its bytes, give it a second name, and remove both', () => {
    const text = `ü\u{1f512}${'x'.repeat(9_000)}`;
    const fd = steps.create(at('ä file'));
    steps.write(fd, 'short ');
    steps.write(fd, text);
    expect(steps.lookAtOpen(fd)).toEqual(lookOf(fstatSync(fd)));
    if (process.platform === 'linux') {
      const flags = /flags:\t(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd.toString()}`, 'utf8'))?.[1] ?? '';
      expect(Number.parseInt(flags, 8) & 0o2000000).not.toBe(0);
    }
    steps.close(fd);
    expect(codeOf(() => fstatSync(fd))).toBe('EBADF');
    steps.link(at('ä file'), at('second'));
    expect(readFileSync(join(folder, 'second'), 'utf8')).toBe(`short ${text}`);
    expect(lstatSync(join(folder, 'second')).mode & 0o777).toBe(0o600);
    expect(steps.lookAt(at('second'))).toEqual(steps.lookAt(at('ä file')));
    steps.unlink(at('ä file'));
    steps.unlink(at('second'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tell why they are refused, and replace and follow nothing', () => {
    writeFileSync(join(folder, 'there'), 'theirs');
    symlinkSync('nowhere', join(folder, 'link'));
    mkdirSync(join(folder, 'folder'));
    for (const name of ['there', 'link', 'folder']) {
      expect(codeOf(() => steps.create(at(name)))).toBe('EEXIST');
      expect(codeOf(() => steps.link(at('there'), at(name)))).toBe('EEXIST');
    }
    expect(readFileSync(join(folder, 'there'), 'utf8')).toBe('theirs');
    expect(codeOf(() => steps.create(at('missing/file')))).toBe('ENOENT');
    expect(codeOf(() => steps.create(at('there/file')))).toBe('ENOTDIR');
    expect(codeOf(() => steps.link(at('missing'), at('new')))).toBe('ENOENT');
    expect(codeOf(() => steps.unlink(at('missing')))).toBe('ENOENT');
    expect(codeOf(() => steps.unlink(at('folder')))).toMatch(/^(EISDIR|EPERM)$/);
    expect(codeOf(() => steps.lookAt(at('missing')))).toBe('ENOENT');
    expect(
      codeOf(() => {
        steps.write(9_999, 'x');
      }),
    ).toBe('EBADF');
    expect(codeOf(() => steps.lookAtOpen(9_999))).toBe('EBADF');
    expect(
      codeOf(() => {
        steps.close(9_999);
      }),
    ).toBe('EBADF');
    expect(codeOf(() => placeOf('/tmp/a\0b'))).toBe('EINVAL');
  });

  it('look at anything, with the numbers that Node tells, also odd times', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('nowhere', join(folder, 'link'));
    writeFileSync(join(folder, 'file'), 'hello');
    for (const path of [folder, '/', '/dev/null', '/proc/self/status', join(folder, 'pipe'), join(folder, 'link')]) {
      const { modifiedMs, ...rest } = steps.lookAt(placeOf(path));
      const { modifiedMs: told, ...others } = lookOf(lstatSync(path));
      expect(rest, path).toEqual(others);
      if (!path.startsWith('/proc')) expect(modifiedMs, path).toBe(told);
    }
    for (const seconds of [0, -1.5, -100_000_000.001, 2 ** 31 + 0.5, 2 ** 33, 1_700_000_000.999_999]) {
      utimesSync(join(folder, 'file'), 0, seconds);
      expect(steps.lookAt(at('file'))).toEqual(lookOf(lstatSync(join(folder, 'file'))));
    }
  });
});

describe('calls of the system that do only a part', () => {
  const { EINTR } = constants.errno;
  const path = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, -1)).toString();

  /** Real calls, of which every other one is interrupted first. */
  function interrupted(write: NativeCalls['write']): NativeSteps {
    let count = 0;
    const often = (call: () => unknown): number => {
      count += 1;
      if (count % 2 === 1) return -1;
      const given = call();
      return typeof given === 'number' ? given : 0;
    };
    return new NativeSteps({
      open: (bytes, flags, mode) => often(() => openSync(path(bytes), flags, mode)),
      write: (fd, bytes, length) => often(() => write(fd, bytes, length)),
      statx: () => often(() => 0),
      close: (fd) => {
        closeSync(fd);
        return -1;
      },
      link: (from, to) =>
        often(() => {
          linkSync(path(from), path(to));
        }),
      unlink: (bytes) =>
        often(() => {
          unlinkSync(path(bytes));
        }),
      errno: () => EINTR,
    });
  }

  it('one that was interrupted is made again, but for closing; a short write goes on where it stopped', () => {
    const text = `${'short-ü-'.repeat(700)}.`;
    const steps = interrupted((fd, bytes, length) => writeSync(fd, bytes, 0, Math.min(length, 500)));
    const fd = steps.create(at('file'));
    steps.write(fd, text);
    steps.lookAtOpen(fd);
    steps.close(fd);
    steps.link(at('file'), at('second'));
    steps.unlink(at('file'));
    expect(readdirSync(folder)).toEqual(['second']);
    expect(readFileSync(join(folder, 'second'), 'utf8')).toBe(text);
  });

  it('a write that writes nothing ends, and says so', () => {
    const steps = interrupted(() => 0);
    expect(
      codeOf(() => {
        steps.write(1, 'x');
      }),
    ).toBe('EIO');
  });
});
