import { assertNever, type Instant } from '../../model';
import type { Dialect } from '../replay/replay';
import { formatGoTime } from './go-time';
import { goString } from './go-write';

/** A change of one node's claim, to be written as an event at `timestamp`. */
export type LedgerChange =
  | {
      readonly action: 'claim';
      readonly node: string;
      readonly owner: string;
      readonly timestamp: Instant;
      readonly until: Instant;
    }
  /** Only its owner extends a claim. */
  | {
      readonly action: 'extend';
      readonly node: string;
      readonly owner: string;
      readonly timestamp: Instant;
      readonly until: Instant;
    }
  /** `owner` is who holds the claim, whoever ends it. */
  | {
      readonly action: 'release' | 'reap' | 'force-release';
      readonly node: string;
      readonly owner: string;
      readonly timestamp: Instant;
    };

/**
 * The exact content of an event as a tool of that dialect writes it (protocol 1): compact, `type` first, times in
 * UTC to the nanosecond, no newline at its end. Pure.
 */
export function buildEvent(dialect: Dialect, change: LedgerChange): string {
  switch (dialect) {
    case 'living':
      return livingEvent(change);
    case 'seed':
      return seedEvent(change);
    default:
      return assertNever(dialect);
  }
}

/** A claim that is to be ended: on which node, and whose. */
export interface EndedClaim {
  readonly node: string;
  readonly owner: string;
}

/**
 * The events that end some claims, in the order given: one for all of them in the living dialect, one for each in the
 * seed's, which has none for several. No node comes twice. Pure.
 */
export function buildEndings(
  dialect: Dialect,
  action: 'release' | 'reap' | 'force-release',
  claims: readonly EndedClaim[],
  timestamp: Instant,
): readonly string[] {
  switch (dialect) {
    case 'living':
      return [livingEnding(claims, timestamp)];
    case 'seed':
      return claims.map(({ node, owner }) => seedEvent({ action, node, owner, timestamp }));
    default:
      return assertNever(dialect);
  }
}

function object(fields: Readonly<Record<string, string>>): string {
  return `{${Object.entries(fields)
    .map(([key, value]) => `"${key}":${value}`)
    .join(',')}}`;
}

function time(instant: Instant): string {
  return `"${formatGoTime(instant)}"`;
}

function livingEvent(change: LedgerChange): string {
  const timestamp = time(change.timestamp);
  switch (change.action) {
    case 'claim':
      return object({
        type: '"nodes_claimed"',
        timestamp,
        node_ids: `[${goString(change.node)}]`,
        owner: goString(change.owner),
        timeout: time(change.until),
      });
    case 'extend':
      return object({
        type: '"claim_refreshed"',
        timestamp,
        node_id: goString(change.node),
        owner: goString(change.owner),
        new_timeout: time(change.until),
      });
    case 'release':
    case 'reap':
    case 'force-release':
      return livingEnding([change], change.timestamp);
    default:
      return assertNever(change);
  }
}

/** The living program writes a reap exactly like a release, and names no owner. */
function livingEnding(claims: readonly EndedClaim[], timestamp: Instant): string {
  const nodes = claims.map(({ node }) => goString(node)).join(',');
  return object({ type: '"nodes_released"', timestamp: time(timestamp), node_ids: `[${nodes}]` });
}

function seedEvent(change: LedgerChange): string {
  const common = { timestamp: time(change.timestamp), node_id: goString(change.node), owner: goString(change.owner) };
  switch (change.action) {
    // The seed has no event of its own for an extension: a later lock_acquired of the same owner is one.
    case 'claim':
    case 'extend':
      return object({ type: '"lock_acquired"', ...common, expires_at: time(change.until) });
    case 'release':
    case 'force-release':
      return object({ type: '"lock_released"', ...common });
    case 'reap':
      return object({ type: '"lock_reaped"', ...common });
    default:
      return assertNever(change);
  }
}
