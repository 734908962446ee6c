import { assertNever, type Change, type Changes, type ClaimRow, type SourceRow, sameClaimRow } from '../../core/model';
import type { Touched } from './orderer';

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
  /** Which claims may differ from those of the picture before; null where nothing is said of that. */
  readonly touched: Touched | null;
}

export const EMPTY_PICTURE: Picture = {
  revision: -1,
  sources: [],
  claims: new Map(),
  changed: new Map(),
  touched: null,
};

/** A change is kept for this long, so that it can be shown. */
const CHANGE_KEPT_MS = 4_000;

/**
 * A snapshot that comes in parts. `before` is the picture that it takes the place of: rows that show the same keep
 * their identity, so that what was worked out for them still holds.
 */
export class Arriving {
  readonly revision: number;
  readonly total: number;
  readonly #sources: readonly SourceRow[];
  readonly #before: ReadonlyMap<string, ClaimRow>;
  readonly #claims = new Map<string, ClaimRow>();
  /** The claims of the last picture that was made, and what came since. */
  #last: ReadonlyMap<string, ClaimRow> | null = null;
  #since: string[] = [];

  constructor(
    start: { readonly revision: number; readonly sources: readonly SourceRow[]; readonly total: number },
    before: Picture,
  ) {
    this.revision = start.revision;
    this.total = start.total;
    this.#sources = start.sources;
    this.#before = before.claims;
  }

  get done(): number {
    return this.#claims.size;
  }

  add(claims: readonly ClaimRow[]): void {
    for (const claim of claims) {
      const known = this.#before.get(claim.key);
      this.#claims.set(claim.key, known !== undefined && sameClaimRow(known, claim) ? known : claim);
      this.#since.push(claim.key);
    }
  }

  /** What is here so far. All of it once `done` is `total`. */
  picture(): Picture {
    const claims = new Map(this.#claims);
    const touched = this.#last === null ? null : { since: this.#last, keys: this.#since };
    this.#last = claims;
    this.#since = [];
    return { revision: this.revision, sources: this.#sources, claims, changed: new Map(), touched };
  }
}

export type Folded =
  | { readonly kind: 'folded'; readonly picture: Picture; readonly auditCount: number | null }
  /** These changes do not follow on this picture: ask for a snapshot. */
  | { readonly kind: 'behind' };

/**
 * The picture after some changes, in their order. Changes that the picture already holds are passed over.
 * `atMs` is now, by this machine's clock. Its cost follows the picture, however many changes there are: give many at once.
 */
export function foldChanges(picture: Picture, batches: readonly Changes[], atMs: number): Folded {
  const draft = new Draft(picture, atMs);
  for (const batch of batches) {
    if (batch.to <= draft.revision) continue;
    if (batch.from !== draft.revision) return { kind: 'behind' };
    draft.revision = batch.to;
    for (const change of batch.changes) draft.take(change);
  }
  if (draft.revision === picture.revision) return { kind: 'folded', picture, auditCount: null };
  return { kind: 'folded', picture: draft.picture(), auditCount: draft.auditCount };
}

/** What of a picture changes is copied once, when the first change of it comes. */
class Draft {
  revision: number;
  auditCount: number | null = null;
  #sources: readonly SourceRow[];
  #claims: Map<string, ClaimRow> | null = null;
  readonly #changed: Map<string, RowChange>;
  readonly #keys = new Set<string>();
  readonly #before: Picture;
  readonly #atMs: number;

  constructor(before: Picture, atMs: number) {
    this.revision = before.revision;
    this.#sources = before.sources;
    this.#changed = recent(before.changed, atMs);
    this.#before = before;
    this.#atMs = atMs;
  }

  take(change: Change): void {
    switch (change.kind) {
      case 'source':
        this.#takeSource(change.source);
        break;
      case 'source-removed':
        this.#sources = this.#sources.filter((source) => source.id !== change.sourceId);
        break;
      case 'claim': {
        const { key } = change.claim;
        this.#claims ??= new Map(this.#before.claims);
        this.#claims.set(key, change.claim);
        this.#keys.add(key);
        this.#changed.set(key, { atMs: this.#atMs, times: (this.#changed.get(key)?.times ?? 0) + 1 });
        break;
      }
      case 'claim-removed':
        this.#claims ??= new Map(this.#before.claims);
        this.#claims.delete(change.key);
        this.#keys.add(change.key);
        this.#changed.delete(change.key);
        break;
      case 'transition':
        break;
      case 'audit':
        this.auditCount = change.count;
        break;
      default:
        assertNever(change);
    }
  }

  #takeSource(source: SourceRow): void {
    const isKnown = this.#sources.some((one) => one.id === source.id);
    this.#sources = isKnown
      ? this.#sources.map((one) => (one.id === source.id ? source : one))
      : [...this.#sources, source];
  }

  picture(): Picture {
    return {
      revision: this.revision,
      sources: this.#sources,
      claims: this.#claims ?? this.#before.claims,
      changed: this.#changed,
      touched: { since: this.#before.claims, keys: [...this.#keys] },
    };
  }
}

function recent(changed: ReadonlyMap<string, RowChange>, atMs: number): Map<string, RowChange> {
  const kept = new Map<string, RowChange>();
  for (const [key, change] of changed) if (Math.abs(atMs - change.atMs) < CHANGE_KEPT_MS) kept.set(key, change);
  return kept;
}
