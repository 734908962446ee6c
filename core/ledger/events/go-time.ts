import type { Instant } from '../../model';

/** Why a text is no time. The words end a sentence. */
export interface GoTimeFault {
  readonly fault: string;
}

const NOT_RFC3339 = 'is not a time as RFC 3339 has it';

function digit(text: string, at: number): number {
  const c = text.charCodeAt(at) - 0x30;
  return c >= 0 && c <= 9 ? c : -1;
}

/** Two digits as a number, or -1. */
function twoDigits(text: string, at: number): number {
  const tens = digit(text, at);
  const ones = digit(text, at + 1);
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** How many days a month (1 to 12) has. */
export function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Right for every year, 0 to 99 too. */
export function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Reads a time exactly as Go's `time.Parse(time.RFC3339Nano, text)` does: it also takes a comma before the fraction,
 * an hour of one digit, any number of fraction digits (those after the ninth are dropped), and offsets up to
 * `+24:60`; it refuses lower-case letters, a missing zone, second 60, hour 24 and days that a month does not have.
 */
export function parseGoTime(text: string): Instant | GoTimeFault {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (twoDigits(text, 0) < 0 || twoDigits(text, 2) < 0 || month < 0 || day < 0) return { fault: NOT_RFC3339 };
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return { fault: NOT_RFC3339 };
  let at = 11;
  let hour = digit(text, at);
  if (hour < 0) return { fault: NOT_RFC3339 };
  at++;
  if (digit(text, at) >= 0) hour = hour * 10 + digit(text, at++);
  const minute = twoDigits(text, at + 1);
  const second = twoDigits(text, at + 4);
  if (text[at] !== ':' || text[at + 3] !== ':' || minute < 0 || second < 0) return { fault: NOT_RFC3339 };
  at += 6;
  let nanos = 0;
  if ((text[at] === '.' || text[at] === ',') && digit(text, at + 1) >= 0) {
    let scale = 100_000_000;
    for (at++; digit(text, at) >= 0; at++) {
      nanos += digit(text, at) * scale;
      scale = scale === 1 ? 0 : scale / 10;
    }
  }
  const offset = offsetSeconds(text, at);
  if (offset === null) return { fault: NOT_RFC3339 };
  if (month < 1 || month > 12) return { fault: 'has no such month' };
  if (hour > 23 || minute > 59 || second > 59) return { fault: 'has no such time of day' };
  if (day < 1 || day > daysIn(year, month)) return { fault: 'has no such day' };
  const seconds = daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
  const millis = Math.floor(nanos / 1_000_000);
  return { text, ms: seconds * 1000 + millis, ns: nanos - millis * 1_000_000 };
}

/** The zone's offset in seconds, or null when what stands at `at` is not a zone and nothing else. */
function offsetSeconds(text: string, at: number): number | null {
  if (text[at] === 'Z') return text.length === at + 1 ? 0 : null;
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  if (sign === 0 || text[at + 3] !== ':' || text.length !== at + 6) return null;
  if (hours < 0 || hours > 24 || minutes < 0 || minutes > 60) return null;
  return sign * (hours * 3600 + minutes * 60);
}

const GO_ZERO_MS = -62_135_596_800_000;

/** Whether a time is Go's zero time, the first moment of year 1, by which Go programs mean *none*. */
export function isGoZeroTime(instant: Instant): boolean {
  return instant.ms === GO_ZERO_MS && instant.ns === 0;
}

/**
 * A moment as Go writes it in UTC with `time.RFC3339Nano`: as many fraction digits as it needs, `Z` at the end.
 * For years 0 to 9999.
 */
export function formatGoTime(instant: Instant): string {
  const whole = Math.floor(instant.ms / 1000);
  const nanos = (instant.ms - whole * 1000) * 1_000_000 + instant.ns;
  const seconds = new Date(whole * 1000).toISOString().slice(0, 19);
  const fraction = nanos === 0 ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${seconds}${fraction}Z`;
}
