import { join } from 'node:path';
import { type FileExchange, fileExchange } from '../../host/exchange';
import { removeQuietly, syncQuietly } from '../../host/names';
import { quoteHostile } from '../../model';
import { moveOrLink, restoreTimes } from './kept-files';
import { whatStandsAt } from './lock-print';
import { type Kept, type KeptFile, keptRecordName, QUARANTINE, readKept } from './quarantine';
import { inTurn } from './take-lock';

export type PutBackOutcome =
  | { readonly kind: 'put-back'; readonly kept: Kept; readonly warnings: readonly string[] }
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
  reasonAgainst: (kept: Kept) => string | null,
  signal: AbortSignal,
): Promise<PutBackOutcome> {
  if (readKept(folder, id) === null) return notThere();
  const loaded = await fileExchange();
  if (loaded.kind === 'cannot')
    return { kind: 'refused', reasons: [`It cannot be put back from here: ${loaded.reason}.`] };
  return inTurn(folder, loaded.files, signal, (quarantine) => {
    const kept = readKept(folder, id);
    if (kept === null) return notThere();
    const [file] = kept.files;
    const trouble = whyNotPutBack(folder, kept) ?? reasonAgainst(kept);
    if (trouble !== null) return { kind: 'refused', reasons: [`${trouble} Nothing was changed.`] };
    return move(loaded.files, kept, file, folder, quarantine);
  });
}

/** What there is to say against putting it back, as far as its folder tells; null when there is nothing. Never throws. */
export function whyNotPutBack(folder: string, kept: Kept): string | null {
  const [file] = kept.files;
  const name = quoteHostile(file.original, 120);
  const found = whatStandsAt(join(folder, QUARANTINE, file.name), file.print);
  if (found === 'nothing') return `${name} does not lie in ${QUARANTINE} any more.`;
  if (found === 'another') return `What lies in ${QUARANTINE} is not the ${name} that was taken away.`;
  if (whatStandsAt(join(folder, file.original), file.print) !== 'nothing') return `Somebody took ${name} since.`;
  return null;
}

function move(files: FileExchange, kept: Kept, file: KeptFile, folder: string, quarantine: string): PutBackOutcome {
  const name = quoteHostile(file.original, 120);
  const to = join(folder, file.original);
  const moved = moveOrLink(files, join(quarantine, file.name), to, file.print);
  switch (moved.kind) {
    case 'taken':
      return { kind: 'conflict', message: `Somebody took ${name} since. Nothing was changed.` };
    case 'gone':
      return notThere();
    case 'cannot':
      return { kind: 'refused', reasons: [`It cannot be put back from here: ${moved.reason}. Nothing was changed.`] };
    case 'broken':
      return { kind: 'failed', error: `Nothing was changed: ${moved.error}.` };
    case 'both':
      return { kind: 'failed', error: `${name} is back in its place, but lies in ${QUARANTINE} too: ${moved.error}.` };
    case 'done':
      break;
  }
  const warnings = restoreTimes(to, file);
  // Only what is on disk in its place needs no word any more of where it was.
  syncQuietly(folder, quarantine);
  removeQuietly(join(quarantine, keptRecordName(kept.id)));
  syncQuietly(quarantine);
  return { kind: 'put-back', kept, warnings };
}

function notThere(): Extract<PutBackOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reasons: ['Nothing of that name is kept here any more. Nothing was changed.'] };
}
