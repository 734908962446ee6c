/** What a window under measurement says to whoever measures it. Times in ms of the clock that all processes share. */
export type WindowSays =
  /** The first row was painted. */
  | { readonly kind: 'first'; readonly atMs: number }
  /** From now on its page shows this holder of the free node; empty: nobody. */
  | { readonly kind: 'shows'; readonly holder: string; readonly atMs: number };

/** The names on the wire between the probe in a page and the one in the main process. */
export const PAINTED = 'bench:painted';
export const CLOCK = 'bench:clock';
