import type { Host } from '../../host/host';
import type { ProcessState } from '../../model';
import type { LeaseRow } from '../database/messages';
import { type HolderLook, type NamedProcess, namedProcess } from './task-claim';

/** So long one look at processes may take, in ms; what is left comes with the next one. */
const LOOK_TAKES_MS = 30;
/** A command that only claims has ended after this long, in ms. */
const AT_WORK_AFTER_MS = 30_000;

/** So long after a look a reading looks again, in ms. */
const LOOK_EVERY_MS = 2_000;

interface Known {
  readonly named: NamedProcess;
  /** Null until it was looked at. */
  state: ProcessState | null;
  wasAtWork: boolean;
}

/** What is known of the processes that hold leases. A process that is gone is not looked at again: it does not come back. */
export class Holders {
  readonly #host: Host;
  #known = new Map<string, Known>();
  /** Where the next look goes on. */
  #rest: Known[] = [];
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Forgets all but the holders of these rows, and looks at those that are new. */
  keep(rows: readonly LeaseRow[]): void {
    const kept = new Map<string, Known>();
    const endsMs = performance.now() + LOOK_TAKES_MS;
    for (const row of rows) {
      const named = namedProcess(row, this.#host.processes);
      if (named === null) continue;
      const key = keyOf(named);
      const known = this.#known.get(key) ?? kept.get(key);
      kept.set(key, known ?? this.#begin(named, performance.now() < endsMs));
    }
    this.#known = kept;
    this.#rest = this.#rest.filter((each) => kept.has(keyOf(each.named)));
  }

  of(row: LeaseRow): HolderLook | null {
    const named = namedProcess(row, this.#host.processes);
    return named === null ? null : (this.#known.get(keyOf(named)) ?? null);
  }

  /** Looks again, unless it did a moment ago: for those who read all the time. */
  lookAgain(): void {
    if (performance.now() - this.#lookedAtMs >= LOOK_EVERY_MS) this.look();
  }

  /** Looks at processes again, as far as there is time. True when something is known of one that was not. */
  look(): boolean {
    this.#lookedAtMs = performance.now();
    const endsMs = this.#lookedAtMs + LOOK_TAKES_MS;
    let isOther = false;
    if (this.#rest.length === 0) this.#rest = [...this.#known.values()].filter(({ state }) => state?.kind !== 'gone');
    while (performance.now() < endsMs) {
      const known = this.#rest.pop();
      if (known === undefined) break;
      isOther = this.#lookAt(known) || isOther;
    }
    return isOther;
  }

  #begin(named: NamedProcess, isLookedAt: boolean): Known {
    const known: Known = { named, state: null, wasAtWork: false };
    if (isLookedAt) this.#lookAt(known);
    return known;
  }

  #lookAt(known: Known): boolean {
    const { named, state, wasAtWork } = known;
    const now = this.#host.processes.stateOfPid(named.process.pid, named.claimedAtMs);
    known.state = now;
    known.wasAtWork ||= now.kind === 'alive' && this.#host.clock.nowMs() - named.claimedAtMs > AT_WORK_AFTER_MS;
    return state === null || wordOf(now) !== wordOf(state) || known.wasAtWork !== wasAtWork;
  }
}

function keyOf({ process, claimedAtMs }: NamedProcess): string {
  return `${process.pid.toString()}:${claimedAtMs.toString()}`;
}

function wordOf(state: ProcessState): string {
  if (state.kind === 'alive') return state.kind;
  return state.kind === 'gone' ? state.how : state.why;
}
