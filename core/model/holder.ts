import { assertNever } from './assert-never';
import type { ProcessIdentity } from './claim';
import type { Evidence } from './evidence';

/** What can be said of a process that a record names. */
export type ProcessState =
  | { readonly kind: 'alive' }
  | { readonly kind: 'gone'; readonly how: 'ended' | 'pid-reused' | 'rebooted' }
  | {
      readonly kind: 'unknown';
      readonly why: 'other-host' | 'not-permitted' | 'other-namespace' | 'started-about-then';
    };

/** What a machine tells of a pid that a record names without anything else. */
export interface PidFacts {
  /** False inside of a pid namespace: there the number may be one of outside. */
  readonly allProcessesSeen: boolean;
  /** When the machine was started, in unix ms by its clock as it is now; null where that is not told. */
  readonly bootedAtMs: number | null;
  /** What a signal to it would meet. */
  readonly pid: 'taken' | 'free' | 'not-permitted';
  /** When the process that has the pid now was started, in unix ms; null where that is not told, or nobody has it. */
  readonly startedAtMs: number | null;
  /** It ended and only waits to be collected. */
  readonly ended: boolean;
  /** Whether a process of a namespace inside of ours may have this pid there. Asked only where it matters. */
  readonly mayRunInside: () => boolean;
}

/** How wrong a clock may have been, in ms; and records are written to the second. */
const CLOCK_DOUBT_MS = 10 * 60_000 + 1_000;

/**
 * What is known of the holder behind a bare pid of this host, of a claim taken at `claimedAtMs` (unix ms). Pure.
 *
 * It is gone only where nothing else is possible: clocks may have been wrong by 10 minutes then or now, and the record
 * may have been written in another pid namespace.
 */
export function stateOfPid(facts: PidFacts, claimedAtMs: number): ProcessState {
  if (!facts.allProcessesSeen) return { kind: 'unknown', why: 'other-namespace' };
  if (facts.bootedAtMs === null) return { kind: 'unknown', why: 'not-permitted' };
  if (claimedAtMs < facts.bootedAtMs - CLOCK_DOUBT_MS) return { kind: 'gone', how: 'rebooted' };
  switch (facts.pid) {
    case 'not-permitted':
      return { kind: 'unknown', why: 'not-permitted' };
    case 'free':
      return goneUnlessInside(facts, 'ended');
    case 'taken':
      break;
    default:
      return assertNever(facts.pid);
  }
  const { startedAtMs } = facts;
  if (startedAtMs === null) return { kind: 'unknown', why: 'not-permitted' };
  if (startedAtMs <= claimedAtMs + 1_000) return facts.ended ? goneUnlessInside(facts, 'ended') : { kind: 'alive' };
  if (startedAtMs <= claimedAtMs + CLOCK_DOUBT_MS) return { kind: 'unknown', why: 'started-about-then' };
  return goneUnlessInside(facts, 'pid-reused');
}

/** A record names no namespace: its pid may be that of a process in one inside of ours. */
function goneUnlessInside({ mayRunInside }: PidFacts, how: 'ended' | 'pid-reused'): ProcessState {
  return mayRunInside() ? { kind: 'unknown', why: 'other-namespace' } : { kind: 'gone', how };
}

/** What the state of its process says of a claim. */
export function holderEvidence(process: ProcessIdentity, state: ProcessState): Evidence {
  switch (state.kind) {
    case 'alive':
      return { kind: 'holder-alive', process };
    case 'gone':
      return { kind: 'holder-gone', process, how: state.how };
    case 'unknown':
      return { kind: 'holder-unknowable', why: state.why };
    default:
      return assertNever(state);
  }
}
