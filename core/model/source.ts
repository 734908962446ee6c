import type { Instant } from './time';

/** Where a source stands. Unreadable is a state with a reason, shown in place; it never empties the view. */
export type SourceStatus =
  | { readonly kind: 'reading'; readonly done: number; readonly total: number | null }
  /** Its first reading was given up on the operator's word; it is open, and nothing is known of it until it is read. */
  | { readonly kind: 'not-read' }
  | { readonly kind: 'readable' }
  /** Its own tools cannot read it from event `at` on; what comes before is shown. */
  | { readonly kind: 'unreadable'; readonly at: number | null; readonly reason: string }
  /** We cannot tell whether its own tools can read it; writes are refused. */
  | { readonly kind: 'undecided'; readonly reason: string }
  /** It was there and is not any more, or we may not look; what we last saw is shown. */
  | { readonly kind: 'out-of-reach'; readonly since: Instant; readonly reason: string };

/** What a source is, in words for its row. */
export interface SourceDescription {
  readonly protocol: string;
  /** The folder's own name. Hostile text. */
  readonly title: string;
  /** Absolute, links resolved. */
  readonly path: string;
}
