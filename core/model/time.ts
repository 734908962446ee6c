/**
 * An instant to the nanosecond, as some program wrote it.
 *
 * `text` is kept exactly as written, because programs compare and copy it;
 * `ms` and `ns` are what it means, so that nothing has to parse it again.
 * Plain data: it crosses process borders as it is.
 */
export interface Instant {
  /** RFC 3339, as written. */
  readonly text: string;
  /** Unix time in whole milliseconds, rounded down. */
  readonly ms: number;
  /** Nanoseconds within that millisecond, 0 to 999,999. */
  readonly ns: number;
}

/** Orders two instants by the moment they mean, not by how they are written. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

/** An instant of our own clock, in UTC with milliseconds. `ms` is unix time. */
export function instantFromMs(ms: number): Instant {
  const whole = Math.floor(ms);
  return { text: new Date(whole).toISOString(), ms: whole, ns: 0 };
}
