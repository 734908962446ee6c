import { closeSync, fchmodSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../host/errors';
import type { FileExchange } from '../../host/exchange';
import type { Host } from '../../host/host';
import { hasNoLinks, linkNew, removeQuietly, syncFolder } from '../../host/names';
import { newMark, ownTempName } from '../locks/lock-content';

/** An event that is on disk under a temp name, complete, and not yet part of the ledger. */
export interface PreparedEvent {
  /** Makes it event `name`, unless that name is taken. Durable after `syncPublished`. */
  publish(name: string): PublishOutcome;
  /** Removes the temp file. Does nothing after `publish`. */
  discard(): void;
}

export type PublishOutcome =
  | { readonly kind: 'published' }
  /** Somebody else wrote that number; nothing was changed. */
  | { readonly kind: 'taken' }
  /** Nothing was changed. */
  | { readonly kind: 'broken'; readonly error: string };

/**
 * Writes an event's bytes aside, in the ledger's own folder: `.event-*.tmp`, mode 0644, on disk.
 * Constant cost, however long the ledger. Throws the system's error when the folder does not let us.
 *
 * Publishing never overwrites: the name is linked, not renamed, so a number that somebody else has written
 * meanwhile (with or without the lock) stays theirs. Where a file system has no links, `moves` does it in one step that
 * replaces nothing. Follows the protocol's "Atomic Write Pattern", but for that.
 */
export function prepareEvent(
  ledgerFolder: string,
  bytes: string,
  host: Host,
  moves: FileExchange | null,
): PreparedEvent {
  const temp = join(ledgerFolder, ownTempName(newMark(host.processes.self())));
  const fd = openSync(temp, 'wx', 0o644);
  try {
    // The umask of whoever runs us must not hide the event from its readers.
    fchmodSync(fd, 0o644);
    // Not a single write: on a full disk that one may stop half way without an error.
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } catch (error) {
    removeQuietly(temp);
    throw error;
  } finally {
    closeSync(fd);
  }
  let isThere = true;
  return {
    publish: (name) => {
      isThere = false;
      return publish(temp, join(ledgerFolder, name), moves);
    },
    discard: () => {
      if (isThere) removeQuietly(temp);
      isThere = false;
    },
  };
}

function publish(temp: string, path: string, moves: FileExchange | null): PublishOutcome {
  try {
    return linkNew(temp, path) === 'linked' ? { kind: 'published' } : { kind: 'taken' };
  } catch (error) {
    const moved = hasNoLinks(error) ? moves?.moveNew(temp, path) : undefined;
    if (moved?.kind === 'done') return { kind: 'published' };
    if (moved?.kind === 'taken') return { kind: 'taken' };
    const why = moved?.kind === 'broken' ? moved.error : describeError(error);
    return { kind: 'broken', error: `the event cannot be published without the risk of overwriting one: ${why}` };
  } finally {
    removeQuietly(temp);
  }
}

/** Makes the names of published events durable. Null when they are, else why they may not be. */
export function syncPublished(ledgerFolder: string): string | null {
  try {
    syncFolder(ledgerFolder);
    return null;
  } catch (error) {
    return describeError(error);
  }
}
