import { formatDuration } from '../core/model';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A length of time that ticks once a second: whole seconds, two units at most. `ms` below zero counts as zero. */
export function ticking(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000) * 1000));
}

/** `1 h 08 m`, `16 m 02 s`, `27 s`, and with a minus sign when it is over: what is left of a lease. */
export function formatLeft(ms: number): string {
  const over = ms < 0;
  const length = Math.abs(ms);
  const words =
    length >= MINUTE && length < HOUR
      ? `${Math.floor(length / MINUTE).toString()} m ${(Math.floor(length / 1000) % 60).toString().padStart(2, '0')} s`
      : ticking(length);
  return over ? `−${words}` : words;
}

/** The time of day of an instant, `10:07:48`, on this machine's clock. */
export function timeOfDay(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '—';
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => n.toString().padStart(2, '0')).join(':');
}

/** The day of an instant, `2026-11-21`, on this machine's clock. */
export function day(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '—';
  const date = new Date(ms);
  return [
    date.getFullYear().toString().padStart(4, '0'),
    (date.getMonth() + 1).toString().padStart(2, '0'),
    date.getDate().toString().padStart(2, '0'),
  ].join('-');
}

const COUNT = new Intl.NumberFormat('en-US');

const SHORT_COUNT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** `12.5K`, for where there is little room. */
export function formatShortCount(n: number): string {
  return n < 10_000 ? n.toString() : SHORT_COUNT.format(n);
}

/** `50,000` */
export function formatCount(n: number): string {
  return COUNT.format(n);
}
