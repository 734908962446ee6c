import { quoteHostile } from '../model';
import { type LedgerFinding, ledgerFinding } from './findings';

/** How long a claim of ours lasts when `meta.json` says nothing, in ms. */
export const DEFAULT_LOCK_TIMEOUT_MS = 5 * 60_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 3_600_000;

const NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A Go duration string (`5m`, `1h30m`, `1.5s`) in ms; null when it is none. */
export function parseGoDuration(text: string): number | null {
  // Nothing sensible is longer, and the pattern below must not be given much to try.
  if (text.length > 64) return null;
  const match = /^([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+|0)$/.exec(text);
  if (match === null) return null;
  let nanos = 0;
  for (const [, number, unit] of (match[2] ?? '').matchAll(/([0-9.]+)([a-z\u00b5\u03bc]+)/g)) {
    nanos += Number(number) * (NANOS[unit ?? ''] ?? 0);
  }
  return ((match[1] === '-' ? -1 : 1) * nanos) / 1e6;
}

export interface LockTimeout {
  readonly ms: number;
  /** Why the default is used although something is written there; null when all is well. */
  readonly finding: LedgerFinding | null;
}

/**
 * How long a claim of ours may last, by the text of `meta.json` (null when there is none): `lock_timeout` as a Go
 * duration string or as whole nanoseconds, 1 s to 1 h, else 5 minutes. Never judges claims of others. Never throws.
 */
export function lockTimeoutOf(meta: string | null): LockTimeout {
  if (meta === null) return { ms: DEFAULT_LOCK_TIMEOUT_MS, finding: null };
  let parsed: unknown;
  try {
    parsed = JSON.parse(meta);
  } catch {
    return unusable('it is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return unusable('it is not an object');
  if (!Object.hasOwn(parsed, 'lock_timeout')) return { ms: DEFAULT_LOCK_TIMEOUT_MS, finding: null };
  const value: unknown = Reflect.get(parsed, 'lock_timeout');
  if (value === null) return { ms: DEFAULT_LOCK_TIMEOUT_MS, finding: null };
  const ms = timeoutMs(value);
  if (ms === null) return unusable('its lock_timeout is no duration');
  if (ms < SHORTEST_MS || ms > LONGEST_MS) {
    return unusable(`its lock_timeout ${quoteHostile(JSON.stringify(value))} is not between 1 s and 1 h`);
  }
  return { ms, finding: null };
}

function timeoutMs(value: unknown): number | null {
  if (typeof value === 'string') return parseGoDuration(value);
  return typeof value === 'number' && Number.isInteger(value) ? value / 1e6 : null;
}

function unusable(why: string): LockTimeout {
  const message = `meta.json cannot be used: ${why}. Claims last 5 minutes by default.`;
  return {
    ms: DEFAULT_LOCK_TIMEOUT_MS,
    finding: ledgerFinding('unusable-lock-timeout', 'warning', message, { file: 'meta.json' }),
  };
}
