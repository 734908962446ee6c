import { describe, expect, test } from 'vitest';
import { readLaunch } from '../../electron/launch';
import { chooseOrigin } from '../../electron/origin';

const checkout = { cwd: '/home/op/proofs', appPath: '/opt/lockscope', packaged: false };
const packaged = { ...checkout, packaged: true };

describe('readLaunch', () => {
  test.each([
    ['nothing', packaged, ['lockscope'], [], false],
    ['a relative and an absolute path', packaged, ['lockscope', 'one', '/two'], ['/home/op/proofs/one', '/two'], false],
    ['read-only, wherever it stands', packaged, ['lockscope', 'one', '--read-only'], ['/home/op/proofs/one'], true],
    ["Chromium's switches", packaged, ['lockscope', '--no-sandbox', '--lang=de', '/two', '-r'], ['/two'], false],
    [
      'a path with a dash after --',
      packaged,
      ['lockscope', '--', '--read-only'],
      ['/home/op/proofs/--read-only'],
      false,
    ],
    ['the application itself', checkout, ['electron', '--no-sandbox', '/opt/lockscope', '/two'], ['/two'], false],
    [
      'the same folder as application and as path',
      checkout,
      ['electron', '/opt/lockscope', '/opt/lockscope'],
      ['/opt/lockscope'],
      false,
    ],
    ['an empty argument', packaged, ['lockscope', ''], [], false],
  ])('%s', (_name, program, argv, paths, readOnly) => {
    expect(readLaunch(argv, program)).toEqual({ paths, readOnly });
  });

  test('the application as a relative argument', () => {
    const program = { ...checkout, cwd: '/opt/lockscope' };
    expect(readLaunch(['electron', '.', 'one'], program).paths).toEqual(['/opt/lockscope/one']);
  });
});

describe('chooseOrigin', () => {
  test('is our own scheme, and a packaged application knows no other', () => {
    for (const origin of [
      chooseOrigin(undefined, false),
      chooseOrigin('', false),
      chooseOrigin('http://127.0.0.1:5173', true),
    ]) {
      expect(origin).toMatchObject({ startUrl: 'lockscope://app/', devOrigin: null });
    }
  });

  test.each([
    'http://evil.example/',
    'http://127.0.0.1.evil.example/',
    'https://127.0.0.1/',
    'file:///etc/',
    'http://10.0.0.1/',
  ])('%s is no place to develop at', (url) => {
    expect(() => chooseOrigin(url, false)).toThrow('an http address of this machine');
  });

  test.each(['http://127.0.0.1:5173', 'http://localhost:5173/some/page', 'http://[::1]:5173/'])('%s is', (url) => {
    expect(chooseOrigin(url, false).startUrl).toBe(`${new URL(url).origin}/`);
  });

  test.each([
    ['lockscope://app/', true],
    ['lockscope://app/index.html#x', true],
    ['lockscope://app', false],
    ['lockscope://app.evil.example/', false],
    ['lockscope://apples/', false],
    ['https://app/', false],
    ['', false],
    ['about:blank', false],
  ])('%s is of this origin: %s', (url, expected) => {
    expect(chooseOrigin(undefined, false).has(url)).toBe(expected);
  });
});
