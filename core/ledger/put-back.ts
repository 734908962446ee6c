import { linkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, errorCode } from '../host/errors';
import { type FileExchange, fileExchange, type MoveOutcome } from '../host/exchange';
import { removeQuietly } from '../host/names';
import { quoteHostile } from '../model';
import { isSameLock, type LockPrint, printOf } from './lock-print';
import { type KeptLock, keptName, keptRecordName, QUARANTINE, readKept } from './quarantine';
import { inTurn, syncQuietly } from './take-lock';

export type PutBackOutcome =
  | { readonly kind: 'put-back'; readonly kept: KeptLock; readonly warnings: readonly string[] }
  /** Somebody took the lock since; nothing was changed. */
  | { readonly kind: 'conflict'; readonly message: string }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Puts a lock that was taken away back in its place: the same file or folder, with its bytes, mode and times.
 * Only where nothing stands there now, in one step that never replaces anything. `reasonAgainst` says, at the last
 * moment, why it may not be. Never rejects.
 */
export async function putBack(
  folder: string,
  id: string,
  reasonAgainst: (kept: KeptLock) => string | null,
  signal: AbortSignal,
): Promise<PutBackOutcome> {
  if (readKept(folder, id) === null) return notThere();
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot')
    return { kind: 'refused', reasons: [`It cannot be put back from here: ${loaded.reason}.`] };
  return inTurn(folder, loaded.files, signal, (quarantine) => {
    const kept = readKept(folder, id);
    if (kept === null) return notThere();
    const from = join(quarantine, keptName(id, kept.original));
    const to = join(folder, kept.original);
    const trouble = whyNotPutBack(folder, kept) ?? reasonAgainst(kept);
    if (trouble !== null) return { kind: 'refused', reasons: [`${trouble} Nothing was changed.`] };
    return move(loaded.files, kept, from, to, join(quarantine, keptRecordName(id)));
  });
}

/** What there is to say against putting it back, as far as its folder tells; null when there is nothing. Never throws. */
export function whyNotPutBack(folder: string, kept: KeptLock): string | null {
  const name = quoteHostile(kept.original, 120);
  const found = printOf(join(folder, QUARANTINE, keptName(kept.id, kept.original)));
  if (found === null) return `${name} does not lie in ${QUARANTINE} any more.`;
  if (!isSameLock(found, kept.print)) return `What lies in ${QUARANTINE} is not the ${name} that was taken away.`;
  if (printOf(join(folder, kept.original)) !== null) return `Somebody took ${name} since.`;
  return null;
}

function move(files: FileExchange, kept: KeptLock, from: string, to: string, record: string): PutBackOutcome {
  const name = quoteHostile(kept.original, 120);
  const moved = moveOrLink(files, from, to, kept.print);
  switch (moved.kind) {
    case 'taken':
      return { kind: 'conflict', message: `Somebody took ${name} since. Nothing was changed.` };
    case 'gone':
      return notThere();
    case 'cannot':
      return { kind: 'refused', reasons: [`It cannot be put back from here: ${moved.reason}. Nothing was changed.`] };
    case 'broken':
      return { kind: 'failed', error: `Nothing was changed: ${moved.error}.` };
    case 'done':
      break;
  }
  removeQuietly(record);
  syncQuietly(join(to, '..'));
  return { kind: 'put-back', kept, warnings: restoreTimes(to, kept) };
}

/** A move that replaces nothing; where the file system has none, a second name does the same for a file. */
function moveOrLink(files: FileExchange, from: string, to: string, print: LockPrint): MoveOutcome {
  const moved = files.moveNew(from, to);
  if (moved.kind !== 'cannot' || print.kind === 'folder') return moved;
  try {
    linkSync(from, to);
    unlinkSync(from);
    return { kind: 'done' };
  } catch (error) {
    return errorCode(error) === 'EEXIST' ? { kind: 'taken' } : { kind: 'broken', error: describeError(error) };
  }
}

/** Some file systems count a new place as a change of a folder. */
function restoreTimes(path: string, { print, original }: KeptLock): readonly string[] {
  const now = printOf(path);
  if (now === null || isSameLock(now, print) || now.inode !== print.inode) return [];
  try {
    const modified = Number(BigInt(print.modifiedNs) / 1_000n) / 1_000_000;
    utimesSync(path, modified, modified);
    return [];
  } catch (error) {
    return [`The times of ${quoteHostile(original, 120)} could not be restored: ${describeError(error)}.`];
  }
}

function notThere(): Extract<PutBackOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reasons: ['Nothing of that name is kept here any more. Nothing was changed.'] };
}
