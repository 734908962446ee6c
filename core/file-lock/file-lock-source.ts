import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { describeError } from '../host/errors';
import type { Host } from '../host/host';
import type { FollowedLocks, HeldLock, LockProcess, LocksLook } from '../host/kernel-locks';
import {
  type ActionRequest,
  type ActionResult,
  type Claim,
  type ClaimAction,
  type ClaimPlan,
  type Finding,
  instantFromMs,
  type Plan,
  type PlanOutcome,
  type SignalAction,
  type SourceDescription,
  type SourceStatus,
  type Transition,
} from '../model';
import type { RawRecord, Reading, ReadOptions, Source } from '../port';
import { claimIdOf, claimOf, mainHolder } from './lock-claim';
import { innerFinding, lostFileFindings, namespaceFinding, rivalInWords, rivalryFindings } from './lock-findings';
import { LockScope } from './lock-scope';
import { ObservedLocks } from './observed-locks';
import { type Rivalries, rivalriesIn } from './rivalries';
import { commitSignal, type LockNow, planSignal, whyNotSignalled } from './signal-holder';

const RECORD_AT_MOST = 64 * 1024;
const CANNOT_KNOW = 'Who holds a file lock cannot be known here: this system does not list its locks.';

/** The kernel's locks of files in one folder, as a source. Nothing is recorded anywhere: all of its past is what we saw. */
export class FileLockSource implements Source {
  readonly description: SourceDescription;
  readonly #host: Host;
  readonly #scope: LockScope;
  /** Null where the platform gives no answer. */
  readonly #locks: FollowedLocks | null;
  readonly #observed = new ObservedLocks();
  /** The processes that we told to end, by number and start: only these may be killed. */
  readonly #told = new Set<string>();
  /** As they were told to whoever reads us. */
  #claims: ReadonlyMap<string, { readonly claim: Claim; readonly print: string; readonly lock: HeldLock }> = new Map();
  #isRead = false;
  #reachedAtMs: number;
  #watches = 0;

  constructor(folder: string, host: Host) {
    this.description = { protocol: 'file-lock', title: basename(folder), path: folder };
    this.#host = host;
    this.#scope = new LockScope(folder);
    this.#locks = host.kernelLocks?.follow(this.#scope.roots) ?? null;
    this.#reachedAtMs = host.clock.nowMs();
  }

  read({ signal, fresh = false, check = false }: ReadOptions): Promise<Reading> {
    if (signal.aborted) return Promise.reject(new Error('the reading was given up'));
    const observedAtMs = this.#host.clock.nowMs();
    const look = this.#locks?.look({ fresh: fresh || check }) ?? null;
    const status = this.#status(look, observedAtMs);
    const reset = fresh || !this.#isRead;
    this.#isRead = true;
    // Out of reach, what was last seen is shown.
    if (look === null || status.kind === 'out-of-reach') {
      return Promise.resolve(this.#reading({ observedAtMs, status, reset: false, findings: [] }));
    }
    this.#reachedAtMs = observedAtMs;
    const { own, inner } = this.#scope.part(look.locks);
    const byId = new Map(own.map((lock) => [claimIdOf(lock, this.#scope.nameOf(lock.path)), lock]));
    const transitions = this.#observed.see(byId, observedAtMs, (process) => this.#hasEnded(process));
    const rivalries = rivalriesIn(own);
    const before = this.#claims;
    this.#claims = new Map(
      [...byId].map(([id, lock]) => {
        const claim = this.#claim(lock, rivalries);
        return [id, { claim, print: JSON.stringify(claim), lock }];
      }),
    );
    const nameOf = (path: string): string => this.#scope.nameOf(path);
    const changed = [...this.#claims.values()].filter(({ claim, print }) => before.get(claim.id)?.print !== print);
    return Promise.resolve(
      this.#reading({
        observedAtMs,
        status,
        reset,
        upserted: (reset ? [...this.#claims.values()] : changed).map(({ claim }) => claim),
        removed: reset ? [] : [...before.keys()].filter((id) => !this.#claims.has(id)),
        transitions: reset ? [] : transitions,
        findings: [
          ...rivalryFindings(rivalries.files, nameOf),
          ...lostFileFindings(own, nameOf),
          ...innerFinding(inner),
          ...namespaceFinding(look.seesAll),
        ],
      }),
    );
  }

  watch(hint: () => void): () => void {
    const stop = this.#locks?.watch(hint);
    this.#watches += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#watches -= 1;
      stop?.();
    };
  }

  record(claimId: string): Promise<RawRecord | null> {
    const known = this.#claims.get(claimId);
    const text = known === undefined ? null : (this.#locks?.record(known.lock) ?? null);
    if (text === null) return Promise.resolve(null);
    const cut = text.length > RECORD_AT_MOST;
    return Promise.resolve({
      label: "the kernel's list of locks, and the descriptors of its holders",
      text: cut ? text.slice(0, RECORD_AT_MOST) : text,
      cut,
    });
  }

  history(claimId: string, limit: number): Promise<readonly Transition[]> {
    return Promise.resolve(this.#observed.history(claimId, limit));
  }

  plan(request: ActionRequest): Promise<PlanOutcome> {
    return Promise.resolve(this.#plan(request));
  }

  commit(
    plan: Plan,
    { signal }: { readonly reason: string | null; readonly signal: AbortSignal },
  ): Promise<ActionResult> {
    if (!isSignalPlan(plan)) return Promise.resolve({ kind: 'refused', reasons: [NO_SUCH_ACTION] });
    if (signal.aborted) {
      return Promise.resolve({ kind: 'refused', reasons: ['It was given up before anybody was signalled.'] });
    }
    return commitSignal(
      plan,
      {
        look: (claimId) => this.#ground(claimId),
        onSent: (process) => this.#told.add(keyOf(process)),
      },
      signal,
    );
  }

  close(): void {
    this.#locks?.close();
  }

  #plan(request: ActionRequest): PlanOutcome {
    if (request.action !== 'terminate' && request.action !== 'kill')
      return { kind: 'refused', reasons: [NO_SUCH_ACTION] };
    const [wanted, ...others] = request.claims;
    if (wanted === undefined || others.length > 0) {
      return { kind: 'refused', reasons: ['Holders are signalled one at a time.'] };
    }
    const ground = this.#ground(wanted.claimId);
    if (ground.kind === 'not-held') return { kind: 'conflict', message: 'That lock is not held any more.' };
    if (ground.kind === 'not-known') {
      return { kind: 'refused', reasons: [`Whether that lock is held is not known: ${ground.reason}.`] };
    }
    if (ground.claim.seen !== wanted.seen) {
      return { kind: 'conflict', message: 'The lock is held by another process, or in another way, than was seen.' };
    }
    const holder = mainHolder(ground.lock)?.process;
    if (request.action === 'kill' && holder !== undefined && !this.#told.has(keyOf(holder))) {
      return { kind: 'refused', reasons: ['A process is only killed after it was told to end and did not.'] };
    }
    return planSignal(request.action, ground, this.#host.clock.nowMs());
  }

  /** A lock as it is now. Looks afresh. */
  #ground(claimId: string): LockNow {
    const look = this.#locks?.peek();
    if (look === undefined) return { kind: 'not-known', reason: 'this system does not list its locks' };
    if (look.unreadable !== null) return { kind: 'not-known', reason: look.unreadable };
    const { own } = this.#scope.part(look.locks);
    const lock = own.find((each) => claimIdOf(each, this.#scope.nameOf(each.path)) === claimId);
    return lock === undefined
      ? { kind: 'not-held' }
      : { kind: 'held', lock, claim: this.#claim(lock, rivalriesIn(own)) };
  }

  #claim(lock: HeldLock, rivalries: Rivalries): Claim {
    const resource = this.#scope.nameOf(lock.path);
    const id = claimIdOf(lock, resource);
    return claimOf(lock, {
      resource,
      takenAt: this.#observed.takenAt(id),
      waiters: this.#observed.waiters(id),
      rivals: rivalries.of(lock).map(rivalInWords),
      possibleActions: this.#actions(lock),
    });
  }

  #actions(lock: HeldLock): readonly ClaimAction[] {
    if (whyNotSignalled(lock) !== null) return [];
    const holder = mainHolder(lock)?.process;
    return holder !== undefined && this.#told.has(keyOf(holder)) ? ['terminate', 'kill'] : ['terminate'];
  }

  #hasEnded({ identity }: LockProcess): boolean {
    return this.#host.processes.stateOf(identity).kind === 'gone';
  }

  #status(look: LocksLook | null, nowMs: number): SourceStatus {
    if (look === null) return { kind: 'undecided', reason: CANNOT_KNOW };
    const since = instantFromMs(this.#isRead ? this.#reachedAtMs : nowMs);
    if (look.unreadable !== null) return { kind: 'out-of-reach', since, reason: look.unreadable };
    try {
      statSync(this.description.path);
      return { kind: 'readable' };
    } catch (error) {
      return { kind: 'out-of-reach', since, reason: `its folder cannot be looked at: ${describeError(error)}` };
    }
  }

  #reading(
    parts: Pick<Reading, 'observedAtMs' | 'status' | 'reset' | 'findings'> &
      Partial<Pick<Reading, 'upserted' | 'removed' | 'transitions'>> & { readonly findings: readonly Finding[] },
  ): Reading {
    return {
      upserted: [],
      removed: [],
      transitions: [],
      ...parts,
      head: null,
      note: 'kernel locks',
      ...(this.#watches === 0 ? {} : { watch: 'watching' as const }),
    };
  }
}

const NO_SUCH_ACTION = 'A lock of the kernel cannot be released from outside: only its holder can be told to end.';

function isSignalPlan(plan: Plan): plan is ClaimPlan<SignalAction> {
  return plan.action === 'terminate' || plan.action === 'kill';
}

function keyOf({ identity }: LockProcess): string {
  return `${identity.pid.toString()}:${String(identity.startTicks)}`;
}
