import type { HeldLock, LockProcess } from '../host/kernel-locks';
import { type Instant, instantFromMs, type Transition, type Waiter } from '../model';
import { mainHolder, nameOf } from './lock-claim';

/** So many transitions of one lock, and of so many locks, are kept. */
const KEPT_A_CLAIM = 200;
const CLAIMS_KEPT = 1_000;

interface Seen {
  lock: HeldLock;
  readonly takenAt: Instant | null;
  /** When each waiter was first seen, by who it is. */
  waiters: ReadonlyMap<string, Waiter>;
}

/**
 * What we saw of locks over time: the kernel keeps neither when a lock was taken, nor since when anybody waits. All
 * times are ours.
 */
export class ObservedLocks {
  #seen: ReadonlyMap<string, Seen> = new Map();
  readonly #past = new Map<string, Transition[]>();
  #isFirst = true;

  /**
   * Takes what is locked now, by the ids of the claims, and gives what became of them since the last time. `hasEnded`
   * tells of a process that had a lock whether it is gone.
   */
  see(
    locks: ReadonlyMap<string, HeldLock>,
    nowMs: number,
    hasEnded: (process: LockProcess) => boolean,
  ): readonly Transition[] {
    const transitions: Transition[] = [];
    const now = instantFromMs(nowMs);
    for (const [id, { lock }] of this.#seen) {
      if (locks.has(id)) continue;
      const holder = mainHolder(lock)?.process;
      const isDead = holder !== undefined && hasEnded(holder);
      transitions.push(transition(id, isDead ? 'holder-died' : 'released', now, lock));
    }
    const seen = new Map<string, Seen>();
    for (const [id, lock] of locks) {
      const before = this.#seen.get(id);
      if (before === undefined && !this.#isFirst) transitions.push(transition(id, 'taken', now, lock));
      seen.set(id, {
        lock,
        takenAt: before === undefined ? (this.#isFirst ? null : now) : before.takenAt,
        waiters: waitersOf(lock, before?.waiters, nowMs),
      });
    }
    this.#seen = seen;
    this.#isFirst = false;
    for (const each of transitions) this.#keep(each);
    return transitions;
  }

  /** When the lock was seen to appear; null where it was there before us. */
  takenAt(id: string): Instant | null {
    return this.#seen.get(id)?.takenAt ?? null;
  }

  /** In the order in which they were first seen. */
  waiters(id: string): readonly Waiter[] {
    return [...(this.#seen.get(id)?.waiters.values() ?? [])];
  }

  /** The newest `limit`, oldest first. */
  history(id: string, limit: number): readonly Transition[] {
    return limit <= 0 ? [] : (this.#past.get(id) ?? []).slice(-limit);
  }

  #keep(each: Transition): void {
    const past = this.#past.get(each.claimId) ?? [];
    past.push(each);
    if (past.length > KEPT_A_CLAIM) past.shift();
    // Those of whom something was seen last stand last.
    this.#past.delete(each.claimId);
    this.#past.set(each.claimId, past);
    const [oldest] = this.#past.keys();
    if (this.#past.size > CLAIMS_KEPT && oldest !== undefined) this.#past.delete(oldest);
  }
}

function transition(claimId: string, kind: Transition['kind'], at: Instant, lock: HeldLock): Transition {
  const holder = mainHolder(lock)?.process;
  return {
    claimId,
    kind,
    at,
    basis: 'observed',
    sequence: null,
    holder: holder === undefined ? null : nameOf(holder),
    until: null,
  };
}

function waitersOf(
  { blocked, possible }: HeldLock,
  before: ReadonlyMap<string, Waiter> | undefined,
  nowMs: number,
): ReadonlyMap<string, Waiter> {
  const found = new Map<string, Waiter>();
  const add = (key: string, process: LockProcess | null, how: Waiter['how']): void => {
    const name = process === null ? null : nameOf(process);
    found.set(key, {
      process: process?.identity ?? null,
      name,
      how,
      sinceMs: before?.get(key)?.sinceMs ?? nowMs,
    });
  };
  blocked.forEach(({ listed, process }, at) => {
    add(`blocked ${process === null ? `${listed.text} ${at.toString()}` : keyOf(process)}`, process, 'blocked');
  });
  for (const process of possible) add(`possible ${keyOf(process)}`, process, 'possible');
  // Those who were there before come first, as they were; new ones follow.
  const ordered = new Map<string, Waiter>();
  for (const key of before?.keys() ?? []) {
    const waiter = found.get(key);
    if (waiter !== undefined) ordered.set(key, waiter);
  }
  for (const [key, waiter] of found) ordered.set(key, waiter);
  return ordered;
}

function keyOf({ identity }: LockProcess): string {
  return `${identity.pid.toString()}:${String(identity.startTicks)}`;
}
