import type { MemoOptions } from '../../core/host/memos';
import { memosIn } from '../core/ledger/kept';

const VARIABLE = 'LOCKSCOPE_TEST_MEMOS';

/** From now on, processes that are started keep what they read in this folder; null: they keep nothing. */
export function setTestMemos(folder: string | null): void {
  if (folder === null) Reflect.deleteProperty(process.env, VARIABLE);
  else process.env[VARIABLE] = folder;
}

/** What a process of a test lends its host. */
export function memosOfTest(): { readonly memos?: MemoOptions } {
  const folder = process.env[VARIABLE];
  return folder === undefined ? {} : { memos: memosIn(folder) };
}
