import { join } from 'node:path';
import { MEMO_DEFAULTS, type MemoOptions } from '../core/host/memos';

/** A digest of the sources that readings follow; put in where a bundle is made. */
declare const __READING_RULES__: string | null;

/**
 * Where readings are kept from one start to the next, in the data folder. Undefined when this runs from its sources:
 * what was read by rules that were edited since must not be believed.
 */
export function memoOptions(dataFolder: string): MemoOptions | undefined {
  if (typeof __READING_RULES__ !== 'string') return undefined;
  return { folder: join(dataFolder, 'memos'), program: __READING_RULES__, ...MEMO_DEFAULTS };
}
