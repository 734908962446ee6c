/**
 * How reading a source again from its first byte, believing nothing that was kept, compares with what was shown.
 * Compared is the picture as of the same event: what came meanwhile is no difference.
 */
export type VerifyOutcome =
  | ({ readonly kind: 'same' } & VerifiedPicture)
  /** What differed, in sentences. The fresh picture is shown from now on. */
  | ({ readonly kind: 'differed'; readonly differences: readonly string[] } & VerifiedPicture)
  /** It could not be read again; what was known before is shown. A sentence. */
  | { readonly kind: 'failed'; readonly error: string };

/** What the fresh reading came to. */
export interface VerifiedPicture {
  /** The number of the last event (or version) that counts; null where the protocol has none. */
  readonly head: number | null;
  /** How many claims are shown. */
  readonly claims: number;
  /** How long the fresh reading took, in ms. */
  readonly tookMs: number;
}
