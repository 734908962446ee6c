import { expect, it } from 'vitest';
import { onceStarted } from '../../electron/second-starts';

it('what second starts ask for waits until this one is done, in their order', async () => {
  let done = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    done = resolve;
  });
  const taken: string[] = [];
  const hear = onceStarted(started, (path: string) => taken.push(path));
  hear('/one');
  hear('/two');
  await Promise.resolve();
  expect(taken).toEqual([]);
  done();
  await started;
  await Promise.resolve();
  expect(taken).toEqual(['/one', '/two']);
  hear('/three');
  await Promise.resolve();
  expect(taken).toEqual(['/one', '/two', '/three']);
});

it('a start that fails hands nothing on', async () => {
  const taken: string[] = [];
  const failed = Promise.reject(new Error('no window'));
  onceStarted(failed, (path: string) => taken.push(path))('/one');
  await failed.catch(() => undefined);
  await Promise.resolve();
  expect(taken).toEqual([]);
});
