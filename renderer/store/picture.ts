import { assertNever, type Changes, type ClaimRow, type Snapshot, type SourceRow } from '../../core/model';

/** When a row last changed under the eyes of the operator, and how often. */
export interface RowChange {
  /** Unix ms of this machine's clock. */
  readonly atMs: number;
  readonly times: number;
}

/** The workspace at one revision, as the host told it. */
export interface Picture {
  readonly revision: number;
  readonly sources: readonly SourceRow[];
  /** By `ClaimRow.key`. Rows that did not change keep their identity from picture to picture. */
  readonly claims: ReadonlyMap<string, ClaimRow>;
  /** Rows that came or changed within the last seconds. */
  readonly changed: ReadonlyMap<string, RowChange>;
}

export const EMPTY_PICTURE: Picture = { revision: -1, sources: [], claims: new Map(), changed: new Map() };

/** A change is kept for this long, so that it can be shown. */
const CHANGE_KEPT_MS = 4_000;

export function pictureOf(snapshot: Snapshot): Picture {
  return {
    revision: snapshot.revision,
    sources: snapshot.sources,
    claims: new Map(snapshot.claims.map((claim) => [claim.key, claim])),
    changed: new Map(),
  };
}

export type Folded =
  | { readonly kind: 'folded'; readonly picture: Picture; readonly auditCount: number | null }
  /** These changes do not follow on this picture: ask for a snapshot. */
  | { readonly kind: 'behind' };

/**
 * The picture after some changes. Changes that the picture already holds are passed over.
 * `atMs` is now, by this machine's clock.
 */
export function foldChanges(picture: Picture, changes: Changes, atMs: number): Folded {
  if (changes.to <= picture.revision) return { kind: 'folded', picture, auditCount: null };
  if (changes.from !== picture.revision) return { kind: 'behind' };
  let sources: SourceRow[] | null = null;
  let claims: Map<string, ClaimRow> | null = null;
  let auditCount: number | null = null;
  const changed = recent(picture.changed, atMs);
  for (const change of changes.changes) {
    switch (change.kind) {
      case 'source': {
        sources ??= [...picture.sources];
        const at = sources.findIndex((source) => source.id === change.source.id);
        if (at === -1) sources.push(change.source);
        else sources[at] = change.source;
        break;
      }
      case 'source-removed':
        sources = (sources ?? picture.sources).filter((source) => source.id !== change.sourceId);
        break;
      case 'claim':
        claims ??= new Map(picture.claims);
        claims.set(change.claim.key, change.claim);
        changed.set(change.claim.key, { atMs, times: (picture.changed.get(change.claim.key)?.times ?? 0) + 1 });
        break;
      case 'claim-removed':
        claims ??= new Map(picture.claims);
        claims.delete(change.key);
        changed.delete(change.key);
        break;
      case 'transition':
        break;
      case 'audit':
        auditCount = change.count;
        break;
      default:
        assertNever(change);
    }
  }
  return {
    kind: 'folded',
    auditCount,
    picture: {
      revision: changes.to,
      sources: sources ?? picture.sources,
      claims: claims ?? picture.claims,
      changed,
    },
  };
}

function recent(changed: ReadonlyMap<string, RowChange>, atMs: number): Map<string, RowChange> {
  const kept = new Map<string, RowChange>();
  for (const [key, change] of changed) if (atMs - change.atMs < CHANGE_KEPT_MS) kept.set(key, change);
  return kept;
}
