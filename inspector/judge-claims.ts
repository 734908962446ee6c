import { performance } from 'node:perf_hooks';
import type { Clock } from '../core/host/host';
import {
  type Claim,
  type ClaimFlag,
  type Evidence,
  flagsOf,
  isOver,
  judge,
  nextVerdictChangeMs,
  type Verdict,
} from '../core/model';
import { ExpiryHeap } from './expiry-heap';

/** What is said of a claim at one moment. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly flags: readonly ClaimFlag[];
  /** When time alone can change the verdict (unix ms); null when it can't. */
  readonly nextChangeMs: number | null;
  /** Whether the claim's own lease runs; null for a claim without a lease. */
  readonly leaseRuns: boolean | null;
}

/** Judges a claim at `nowMs` (unix ms). `outOfReach` is the evidence against its whole source, if there is any. Pure. */
export function judgeClaim(claim: Claim, outOfReach: Evidence | null, nowMs: number): Judgement {
  return {
    verdict: judge(claim, outOfReach === null ? claim.evidence : [...claim.evidence, outOfReach], nowMs),
    flags: flagsOf(claim, nowMs),
    nextChangeMs: outOfReach === null ? nextVerdictChangeMs(claim, nowMs) : null,
    leaseRuns: claim.lease.kind === 'none' ? null : !isOver(claim.lease.expiresAt, claim.lease.toleranceMs, nowMs),
  };
}

/** How long the timer sleeps at most: after that, a clock that was set or a machine that slept is noticed. */
const CHECK_EVERY_MS = 2_000;
/** How far the wall clock may part from the monotonic one before every verdict is looked at again. */
const JUMP_MS = 1_000;

export interface VerdictTimerOptions<T> {
  readonly clock: Clock;
  /** Milliseconds that only go forward; the process's own by default. */
  readonly monotonicMs?: () => number;
  /** The verdicts of these may have changed; each has to be set again. */
  readonly onDue: (due: readonly T[]) => void;
  /** The clock was set, or the machine slept: any verdict may be wrong now. */
  readonly onClockJump: () => void;
}

/** One timer for all claims: wakes for the earliest moment at which time alone changes a verdict. */
export class VerdictTimer<T extends object> {
  readonly #heap = new ExpiryHeap<T>();
  readonly #options: VerdictTimerOptions<T>;
  readonly #monotonicMs: () => number;
  #timer: NodeJS.Timeout | null = null;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #offsetMs: number;
  #disposed = false;

  constructor(options: VerdictTimerOptions<T>) {
    this.#options = options;
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#offsetMs = options.clock.nowMs() - this.#monotonicMs();
    this.#arm();
  }

  /** Has `value` looked at again at `atMs` (unix ms) and at no other moment; null means never. */
  set(value: T, atMs: number | null): void {
    if (this.#disposed) return;
    this.#heap.set(value, atMs);
    if ((this.#heap.next() ?? Number.POSITIVE_INFINITY) < this.#wakesAtMs) this.#arm();
  }

  /** Looks whether the wall clock jumped, and says so if it did. Cheap; may be called at any time. */
  checkClock(): void {
    if (this.#disposed) return;
    const offsetMs = this.#options.clock.nowMs() - this.#monotonicMs();
    if (Math.abs(offsetMs - this.#offsetMs) <= JUMP_MS) return;
    this.#offsetMs = offsetMs;
    this.#options.onClockJump();
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    if (this.#disposed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const nowMs = this.#options.clock.nowMs();
    const next = this.#heap.next() ?? Number.POSITIVE_INFINITY;
    // Never longer than the check, so the 2^31 ms that a timer can sleep are never reached.
    const delayMs = Math.max(1, Math.ceil(Math.min(next - nowMs, CHECK_EVERY_MS)));
    this.#wakesAtMs = nowMs + delayMs;
    this.#timer = setTimeout(() => {
      this.#wake();
    }, delayMs);
  }

  #wake(): void {
    this.#timer = null;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    this.checkClock();
    const due = this.#heap.takeDue(this.#options.clock.nowMs());
    if (due.length > 0) this.#options.onDue(due);
    this.#arm();
  }
}
