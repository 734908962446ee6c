import type { Instant } from '../../model';
import { daysFromEpoch, daysIn } from './go-time';

/** `YYYY-MM-DDTHH:MM:SS` */
const SECONDS_LENGTH = 19;
const MOST_DIGITS = 9;
const SCALES = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1];

/**
 * A time in UTC as nearly all are written: `2026-01-15T10:30:00.123456789Z`. It makes its text only when it is asked
 * for, because most times are only ever passed on.
 */
export class PlainTime implements Instant {
  /** How many digits its fraction has. */
  readonly #digits: number;

  constructor(
    readonly ms: number,
    readonly ns: number,
    digits: number,
    /** Where its text begins in the bytes that it was read from. */
    readonly from: number,
  ) {
    this.#digits = digits;
  }

  get length(): number {
    return SECONDS_LENGTH + 1 + (this.#digits === 0 ? 0 : 1 + this.#digits);
  }

  get text(): string {
    const seconds = Math.floor(this.ms / 1000);
    const whole = new Date(seconds * 1000).toISOString().slice(0, SECONDS_LENGTH);
    if (this.#digits === 0) return `${whole}Z`;
    const nanos = (this.ms - seconds * 1000) * 1_000_000 + this.ns;
    return `${whole}.${nanos.toString().padStart(MOST_DIGITS, '0').slice(0, this.#digits)}Z`;
  }
}

/** The same as plain data. */
export function plainInstant(instant: Instant | null): Instant | null {
  return instant instanceof PlainTime ? { text: instant.text, ms: instant.ms, ns: instant.ns } : instant;
}

/** The time that is written so between two places; null where it is written in any other way, or is none. */
export function readPlainTime(buffer: Buffer, from: number, to: number): PlainTime | null {
  const digits = to - from === SECONDS_LENGTH + 1 ? 0 : to - from - SECONDS_LENGTH - 2;
  if (digits < 0 || digits > MOST_DIGITS || buffer[to - 1] !== 0x5a) return null;
  if (buffer[from + 4] !== DASH || buffer[from + 7] !== DASH || buffer[from + 10] !== 0x54) return null;
  if (buffer[from + 13] !== COLON || buffer[from + 16] !== COLON) return null;
  const year = number(buffer, from, 4);
  const month = number(buffer, from + 5, 2);
  const day = number(buffer, from + 8, 2);
  const hour = number(buffer, from + 11, 2);
  const minute = number(buffer, from + 14, 2);
  const second = number(buffer, from + 17, 2);
  let nanos = 0;
  if (digits > 0) {
    if (buffer[from + SECONDS_LENGTH] !== 0x2e) return null;
    nanos = number(buffer, from + SECONDS_LENGTH + 1, digits) * (SCALES[digits] ?? 1);
  } else if (to - from !== SECONDS_LENGTH + 1) {
    return null;
  }
  if (year < 0 || month < 1 || month > 12 || hour < 0 || hour > 23) return null;
  if (minute < 0 || minute > 59 || second < 0 || second > 59 || nanos < 0) return null;
  if (day < 1 || day > daysIn(year, month)) return null;
  const seconds = daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  const millis = Math.floor(nanos / 1_000_000);
  return new PlainTime(seconds * 1000 + millis, nanos - millis * 1_000_000, digits, from);
}

const DASH = 0x2d;
const COLON = 0x3a;

/** Negative where one of them is no digit. */
function number(buffer: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) {
    const digit = (buffer[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NEGATIVE_INFINITY;
    value = value * 10 + digit;
  }
  return value;
}
