import type { MendKind } from './action';

/** `error`: its own tools cannot read the source, or a lock has two holders. `warning`: worth mending. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** Something wrong with a source itself. */
export interface Finding {
  /** Stable and machine-readable: `refused-transition`. */
  readonly code: string;
  readonly severity: Severity;
  /** A sentence that a tired operator understands. May quote hostile text, cut and escaped. */
  readonly message: string;
  /** The event number, where there is one. */
  readonly at: number | null;
  /** The name of the file it is about, relative to the source. Hostile text. */
  readonly file: string | null;
  /** What mends it, and the token to ask for that with; absent where nothing does. Findings with equal offers are one mend. */
  readonly mend?: MendOffer;
}

export interface MendOffer {
  readonly mend: MendKind;
  readonly seen: string;
}
