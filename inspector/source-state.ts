import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/host/host';
import {
  allEvidence,
  type Change,
  type Claim,
  type ClaimRow,
  type Evidence,
  type Finding,
  instantFromMs,
  isStale,
  type LeaseBands,
  type SourceDescription,
  type SourceRow,
  type SourceStatus,
  sameClaimRow,
  type Transition,
} from '../core/model';
import type { Reading } from '../core/port';
import type { HolderIndex } from './holder-index';
import { claimKeyOf } from './ids';
import { type Judgement, judgeClaim, type VerdictTimer } from './judge-claims';
import type { JudgedClaim } from './judged-claim';
import { claimRow, sourceRow } from './snapshot';
import { inSteps, STEP_SIZE, type Steps } from './steps';
import { TransitionHistory } from './transition-history';

/** A row that only says that the source was read again travels at most this often. */
const READ_AT_MOVES_EVERY_MS = 1_000;

export interface SourceStateOptions {
  readonly id: string;
  readonly description: SourceDescription;
  readonly clock: Clock;
  /** Null when nothing is watched: then a claim is judged when it is read and when it is asked for. */
  readonly timer: Pick<VerdictTimer<JudgedClaim>, 'set'> | null;
  readonly holders: HolderIndex;
  readonly thisHost: string;
  /** The thresholds of its protocol's own tools; null where they have none. */
  readonly ownBands: LeaseBands | null;
  /** Those that an operator set. */
  readonly bands: LeaseBands | null;
}

/**
 * What is known of one source: the fold of its readings and of time.
 * Every method that changes something gives the changes to publish; their cost follows what changed. What may be very
 * much is changed in steps, see `Steps`: as last published, it is whole at any time.
 */
export class SourceState {
  readonly id: string;
  /** What we saw ourselves; what the source recorded is asked of the source. */
  readonly history = new TransitionHistory();
  readonly #options: SourceStateOptions;
  readonly #entries = new Map<string, JudgedClaim>();
  readonly #byKey = new Map<string, JudgedClaim>();
  #status: SourceStatus = { kind: 'reading', done: 0, total: null };
  #findings: readonly Finding[] = [];
  #moreFindings = 0;
  #note: string | null = null;
  #head: number | null = null;
  #readAtMs: number | null = null;
  #watch: SourceRow['watch'] = 'off';
  #rereading: NonNullable<SourceRow['rereading']> | null = null;
  #waitingSinceMs: number | null = null;
  #stale = 0;
  #hasReading = false;
  #owesReset = false;
  #bands: LeaseBands | null;
  #row: SourceRow;

  constructor(options: SourceStateOptions) {
    this.id = options.id;
    this.#options = options;
    this.#bands = options.bands;
    this.#row = this.#makeRow();
  }

  /** As last published. */
  get row(): SourceRow {
    return this.#row;
  }

  /** See `setWaiting`. */
  get waitingSinceMs(): number | null {
    return this.#waitingSinceMs;
  }

  get status(): SourceStatus {
    return this.#status;
  }

  get head(): number | null {
    return this.#head;
  }

  get entries(): Iterable<JudgedClaim> {
    return this.#entries.values();
  }

  entry(claimId: string): JudgedClaim | undefined {
    return this.#entries.get(claimId);
  }

  /** The claim with this key; for keys as `claimKeyOf` makes them. */
  entryByKey(key: string): JudgedClaim | undefined {
    return this.#byKey.get(key);
  }

  /** All evidence of a claim at `nowMs` (unix ms), that against its whole source included. */
  evidenceOf({ claim }: JudgedClaim, nowMs: number): readonly Evidence[] {
    const evidence = allEvidence(this.#shown(claim), nowMs);
    return this.outOfReach === null ? evidence : [...evidence, this.outOfReach];
  }

  /** The evidence against the whole source; null while it can be reached. */
  get outOfReach(): Evidence | null {
    if (this.#status.kind !== 'out-of-reach') return null;
    return { kind: 'source-out-of-reach', since: this.#status.since, why: this.#status.reason };
  }

  setWatch(watch: SourceRow['watch']): Change[] {
    this.#watch = watch;
    return this.#rowChange();
  }

  /** Its claims have to be judged anew then. */
  setBands(bands: LeaseBands | null): Change[] {
    this.#bands = bands;
    return this.#rowChange();
  }

  /** How far a reading of everything has come. All but the first show what was known before until they are done. */
  setProgress(done: number, total: number | null): Change[] {
    if (this.#hasReading) this.#rereading = { done, total };
    else this.#status = { kind: 'reading', done, total };
    return this.#rowChange();
  }

  /** A reading of everything is over, however it ended. */
  endProgress(): Change[] {
    this.#rereading = null;
    return this.#rowChange();
  }

  /** The first reading was given up. False when there is something to show already: then nothing changes. */
  setNotRead(): Change[] | false {
    if (this.#hasReading) return false;
    this.#status = { kind: 'not-read' };
    return this.#rowChange();
  }

  /** Since when (unix ms) an answer of the source is being waited for; null while it answers. */
  setWaiting(sinceMs: number | null): Change[] {
    this.#waitingSinceMs = sinceMs;
    return this.#rowChange();
  }

  /** The port broke its promise and failed to read; what was known before stays, as out of reach. */
  applyFailure(reason: string, nowMs: number): Steps {
    const since = instantFromMs(this.#readAtMs ?? nowMs);
    return this.apply({
      observedAtMs: nowMs,
      reset: false,
      upserted: [],
      removed: [],
      transitions: [],
      findings: this.#findings,
      moreFindings: this.#moreFindings,
      status: this.#status.kind === 'out-of-reach' ? this.#status : { kind: 'out-of-reach', since, reason },
      head: this.#head,
      note: this.#note,
    });
  }

  /**
   * Applies a reading, in steps of `size` claims. While it is half applied, whether the source can be reached is known
   * at once, claims come and change step by step, those that a reset does not mention go at its end, and the source's
   * row tells of the reading as a whole with the last step. One reading at a time; other methods may be called meanwhile.
   */
  *apply(reading: Reading, size = STEP_SIZE): Steps {
    const changes: Change[] = [];
    const wasOutOfReach = this.#status.kind === 'out-of-reach';
    const isOutOfReach = reading.status.kind === 'out-of-reach';
    // A source that cannot be looked at says nothing about its claims: they stay until it can be read again.
    const reset = !isOutOfReach && (reading.reset || this.#owesReset);
    this.#owesReset = isOutOfReach && (reading.reset || this.#owesReset);
    const isLive = this.#hasReading && !reset;
    this.#hasReading = true;

    if (isOutOfReach) this.#status = reading.status;
    else if (wasOutOfReach) this.#status = { kind: 'reading', done: 0, total: null };

    const isJudgedAnew = wasOutOfReach !== isOutOfReach;
    yield* inSteps(this.#work(reading, { reset, isOutOfReach, isLive, isJudgedAnew }, changes), changes, size);

    this.#status = reading.status;
    this.#findings = reading.findings;
    this.#moreFindings = reading.moreFindings ?? 0;
    this.#note = reading.note;
    this.#head = reading.head;
    if (reading.watch !== undefined && this.#watch !== 'off') this.#watch = reading.watch;
    if (!isOutOfReach) this.#readAtMs = reading.observedAtMs;
    changes.push(...this.#rowChange());
    return changes;
  }

  /** What a reading says of claims; yields after each that was looked at. */
  *#work(
    reading: Reading,
    is: {
      readonly reset: boolean;
      readonly isOutOfReach: boolean;
      readonly isLive: boolean;
      readonly isJudgedAnew: boolean;
    },
    changes: Change[],
  ): Generator<undefined> {
    const mentioned = new Set<string>();
    if (!(is.isOutOfReach && reading.reset)) {
      for (const claimId of reading.removed) {
        this.#remove(claimId, changes);
        yield;
      }
      for (const claim of reading.upserted) {
        mentioned.add(claim.id);
        this.#upsert(claim, is.isLive, changes);
        yield;
      }
      // What is told while everything is read anew is no news.
      if (is.isLive) {
        for (const transition of reading.transitions) {
          changes.push({ kind: 'transition', sourceId: this.id, transition });
          yield;
        }
      }
    }
    if (!is.reset && !is.isJudgedAnew) return;
    for (const entry of [...this.#entries.values()]) {
      const claimId = entry.claim.id;
      if (!mentioned.has(claimId) && this.#entries.get(claimId) === entry) {
        if (is.reset) this.#remove(claimId, changes);
        else this.#judge(entry, entry.claim, changes);
      }
      yield;
    }
  }

  /** Judges some claims anew, at once. */
  rejudge(entries: readonly JudgedClaim[]): Change[] {
    const changes: Change[] = [];
    for (const entry of entries) {
      if (this.#entries.get(entry.claim.id) === entry) this.#judge(entry, entry.claim, changes);
    }
    changes.push(...this.#rowChange());
    return changes;
  }

  /** Judges the given claims anew, in steps of `size` claims. */
  *rejudgeAll(entries: Iterable<JudgedClaim>, size = STEP_SIZE): Steps {
    const changes: Change[] = [];
    yield* inSteps(this.#rejudging(entries, changes), changes, size);
    changes.push(...this.#rowChange());
    return changes;
  }

  *#rejudging(entries: Iterable<JudgedClaim>, changes: Change[]): Generator<undefined> {
    for (const entry of entries) {
      if (this.#entries.get(entry.claim.id) === entry) this.#judge(entry, entry.claim, changes);
      yield;
    }
  }

  /** Takes everything out, in steps of `size` claims: the source is not in the workspace any more. */
  *removeAll(size = STEP_SIZE): Steps {
    const changes: Change[] = [];
    yield* inSteps(this.#removing(changes), changes, size);
    changes.push({ kind: 'source-removed', sourceId: this.id });
    return changes;
  }

  *#removing(changes: Change[]): Generator<undefined> {
    for (const claimId of [...this.#entries.keys()]) {
      this.#remove(claimId, changes);
      yield;
    }
  }

  #remove(claimId: string, changes: Change[]): void {
    const entry = this.#entries.get(claimId);
    if (entry === undefined) return;
    this.#entries.delete(claimId);
    this.#byKey.delete(entry.key);
    this.#options.holders.delete(entry);
    this.#options.timer?.set(entry, null);
    if (isStale(entry.row.verdict)) this.#stale -= 1;
    changes.push({ kind: 'claim-removed', key: entry.key });
  }

  /** `isLive`: the reading says that this claim changed, so it is told even if its row shows the same (its evidence may not). */
  #upsert(claim: Claim, isLive: boolean, changes: Change[]): void {
    const known = this.#entries.get(claim.id);
    if (known === undefined) {
      const entry = this.#add(claim);
      changes.push({ kind: 'claim', claim: entry.row });
      return;
    }
    const tell = isLive || !isDeepStrictEqual(known.claim, claim);
    this.#judge(known, claim, changes, tell);
  }

  #add(claim: Claim): JudgedClaim {
    const judgement = judgeClaim(this.#shown(claim), this.outOfReach, this.#options.clock.nowMs());
    const key = claimKeyOf(this.id, claim.id);
    const entry: JudgedClaim = {
      key,
      sourceId: this.id,
      claim,
      row: this.#claimRow(key, claim, judgement),
      leaseRan: this.outOfReach === null ? judgement.leaseRuns : null,
    };
    this.#entries.set(claim.id, entry);
    this.#byKey.set(key, entry);
    this.#options.holders.add(entry);
    this.#options.timer?.set(entry, judgement.nextChangeMs);
    if (isStale(judgement.verdict)) this.#stale += 1;
    return entry;
  }

  #judge(entry: JudgedClaim, claim: Claim, changes: Change[], tell = false): void {
    const judgement = judgeClaim(this.#shown(claim), this.outOfReach, this.#options.clock.nowMs());
    const row = this.#claimRow(entry.key, claim, judgement);
    this.#stale += Number(isStale(row.verdict)) - Number(isStale(entry.row.verdict));
    if (claim !== entry.claim) {
      this.#options.holders.delete(entry);
      if (!isSameLease(entry.claim, claim)) entry.leaseRan = null;
      entry.claim = claim;
      this.#options.holders.add(entry);
    }
    this.#options.timer?.set(entry, judgement.nextChangeMs);
    if (tell || !sameClaimRow(row, entry.row)) {
      entry.row = row;
      changes.push({ kind: 'claim', claim: row });
    }
    // Out of reach, the lease may have been extended without our seeing it: nothing is said of its end.
    if (this.outOfReach !== null) return;
    if (entry.leaseRan === true && judgement.leaseRuns === false) this.#noteExpiry(claim, changes);
    entry.leaseRan = judgement.leaseRuns;
  }

  /** The claim with the thresholds by which it is shown. */
  #shown(claim: Claim): Claim {
    return this.#bands === null || claim.bands === undefined ? claim : { ...claim, bands: this.#bands };
  }

  #noteExpiry(claim: Claim, changes: Change[]): void {
    if (this.#options.timer === null || claim.lease.kind === 'none') return;
    const at = claim.lease.expiresAt;
    // A clock that was set back lets the same lease end twice; it is told once.
    if (this.history.hasObservedExpiry(claim.id, at.text)) return;
    const transition: Transition = {
      claimId: claim.id,
      kind: 'expired',
      at,
      basis: 'observed',
      sequence: null,
      holder: claim.holder.name,
      until: null,
    };
    this.history.add(transition);
    changes.push({ kind: 'transition', sourceId: this.id, transition });
  }

  #claimRow(key: string, claim: Claim, { verdict, flags }: Judgement): ClaimRow {
    const { thisHost } = this.#options;
    return claimRow({ key, sourceId: this.id, claim, verdict, flags, outOfReach: this.outOfReach !== null, thisHost });
  }

  #rowChange(): Change[] {
    const row = this.#makeRow();
    const shown = this.#row;
    const moved = (row.readAtMs ?? 0) - (shown.readAtMs ?? 0);
    const isSame = isDeepStrictEqual({ ...row, readAtMs: null }, { ...shown, readAtMs: null });
    if (isSame && Math.abs(moved) < READ_AT_MOVES_EVERY_MS) return [];
    this.#row = row;
    return [{ kind: 'source', source: row }];
  }

  #makeRow(): SourceRow {
    return sourceRow({
      id: this.id,
      description: this.#options.description,
      status: this.#status,
      note: this.#note,
      head: this.#head,
      held: this.#entries.size,
      stale: this.#stale,
      findings: this.#findings,
      moreFindings: this.#moreFindings,
      readAtMs: this.#readAtMs,
      watch: this.#watch,
      rereading: this.#rereading,
      ...bandsShown(this.#options.ownBands, this.#bands),
      ...(this.#waitingSinceMs === null ? {} : { waitingSinceMs: this.#waitingSinceMs }),
    });
  }
}

function isSameLease(a: Claim, b: Claim): boolean {
  return (
    a.holder.name === b.holder.name &&
    a.lease.kind === 'until' &&
    b.lease.kind === 'until' &&
    a.lease.expiresAt.text === b.lease.expiresAt.text &&
    a.lease.expiresAt.ms === b.lease.expiresAt.ms
  );
}

function bandsShown(own: LeaseBands | null, set: LeaseBands | null): Pick<SourceRow, 'bands'> {
  if (own === null) return {};
  return { bands: { ...(set ?? own), own: set === null } };
}
