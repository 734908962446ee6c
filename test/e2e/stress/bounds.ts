/** Whether this is `npm run soak`, which wants a machine that does nothing else. */
const isSoak = process.env['LOCKSCOPE_SOAK'] === '1';

/**
 * How long something may take, in ms, that takes `ms` at most on a machine which does nothing else. `npm run soak` holds
 * it to that; `npm test`, beside which other programs may run, to five times as long: far from a freeze, too.
 */
export function within(ms: number): number {
  return isSoak ? ms : 5 * ms;
}

/** The part of a time that may be spent on something; the same as with `within`, up to nearly all of it. */
export function partOf(part: number): number {
  return isSoak ? part : 1 - (1 - part) / 5;
}
