import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Name = 'linkSync' | 'unlinkSync' | 'openSync' | 'fsyncSync' | 'readlinkSync' | 'readdirSync' | 'opendirSync';

/**
 * Stands between the code and one call of `node:fs`, until its test is finished: `answer` is given what the call is
 * given, and `go`, which makes it. What a disk does rarely, or only for another user, can be had so.
 */
export function onCall(name: Name, answer: (args: readonly unknown[], go: () => unknown) => unknown): void {
  const original = fs[name] as (...args: unknown[]) => unknown;
  const put = (call: unknown): void => {
    Reflect.set(fs, name, call);
    syncBuiltinESMExports();
  };
  put((...args: unknown[]): unknown => answer(args, () => original(...args)));
  onTestFinished(() => {
    put(original);
  });
}

/** An error as the system's calls throw it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
