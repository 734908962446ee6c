import type { AuditEntry, RemovedFile } from '../../core/model';

/**
 * The entries but for each start whose end stands above it: a start alone means that the program ended before it could
 * say how. `place` counts from the oldest, and stays as newer entries come.
 */
export function withoutAnswered(
  entries: readonly AuditEntry[],
): readonly { readonly entry: AuditEntry; readonly place: number }[] {
  const ends = new Map<string, number>();
  const kept: { entry: AuditEntry; place: number }[] = [];
  entries.forEach((entry, at) => {
    const about = JSON.stringify([entry.source, entry.resource, entry.action, entry.seen, entry.program]);
    const open = ends.get(about) ?? 0;
    if (entry.result === 'started' && open > 0) {
      ends.set(about, open - 1);
      return;
    }
    if (entry.result !== 'started') ends.set(about, open + 1);
    kept.push({ entry, place: entries.length - at });
  });
  return kept;
}

/** What went together comes back together: one undo for all of it. */
export function removedTogether({ removed = [] }: AuditEntry): readonly (readonly [string, readonly RemovedFile[]])[] {
  const together = new Map<string, RemovedFile[]>();
  for (const file of removed) together.set(file.undoId, [...(together.get(file.undoId) ?? []), file]);
  return [...together];
}
