import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Host } from '../host/host';
import {
  type ActionRequest,
  type ActionResult,
  type ClaimPlan,
  type EndAction,
  instantFromMs,
  isEnding,
  type MendPlan,
  type Plan,
  type PlanOutcome,
  type SourceDescription,
  type SourceStatus,
  type Transition,
  type Undoable,
} from '../model';
import type { RawRecord, Reading, ReadOptions, Source } from '../port';
import { type Beside, isSameBeside, NOTHING_BESIDE, readBeside } from './beside';
import { type LedgerFinding, reasonIn } from './findings';
import { type KeptFrom, LedgerKeeper } from './kept/ledger-keeper';
import {
  clockFinding,
  doubleHolderFindings,
  heldLockFinding,
  mayStillBeWritten,
  mixedFinding,
  replacedFindings,
  tempFileFindings,
} from './ledger-findings';
import { type LockFile, lockFilesNow } from './locks/lock-files';
import { commitTakeAway, planTakeAway } from './locks/take-away';
import { isTakeAway } from './locks/take-target';
import { listTakenAway, undoTakeAway } from './locks/undo-take-away';
import { WriteLockWatch } from './locks/write-lock-watch';
import { LedgerMends } from './mends/ledger-mends';
import { commitMend, planMend } from './mends/mend';
import { isMended, listMended, undoMend } from './mends/undo-mend';
import { nodeClaimId, nodeOfClaim } from './node-claim';
import { LedgerReader, type LookOptions } from './reading/ledger-reader';
import { type LedgerWatch, watchLedger } from './reading/watch-ledger';
import { readRecord } from './record';
import type { LedgerTransition } from './replay/replay';
import { ToldClaims } from './told-claims';
import { type ActionGround, peerReason } from './writing/check-claim';
import { commitAction } from './writing/commit-action';
import { planAction } from './writing/plan-action';

/** A temp file that may still be at work is looked at again this often, in ms. */
const TEMP_LOOK_MS = 3_000;
/** A listing that was put off is tried again after this long, in ms. */
const OWED_LOOK_MS = 2_000;

const NO_PROCESS_TO_END = {
  kind: 'refused',
  reasons: ['Claims of a ledger are ended in its records; no process is ended for that.'],
} as const;

/** One proof: its ledger, its write lock and its lock files, as a source. */
export class LedgerSource implements Source {
  readonly description: SourceDescription;
  readonly #reader: LedgerReader;
  readonly #host: Host;
  readonly #writeLock: WriteLockWatch;
  readonly #mends: LedgerMends;
  readonly #told = new ToldClaims();
  readonly #disposers = new Set<() => void>();
  #beside: Beside = NOTHING_BESIDE;
  #besideChanged = true;
  /** Read, and not yet told to whoever reads us. */
  #pending: { reset: boolean; transitions: LedgerTransition[] } = { reset: true, transitions: [] };
  readonly #keeper: LedgerKeeper | null;
  readonly #keptFrom: KeptFrom = {
    reading: () => this.#reader.keepable,
    onDoubt: () => this.#reader.distrust(),
  };
  #reachedAtMs: number;
  /** What was found otherwise when all was read anew; null when it is told, and when nothing was there to compare with. */
  #differences: readonly string[] | null = null;
  #hint: (() => void) | null = null;
  #watch: LedgerWatch | null = null;
  #wake: NodeJS.Timeout | null = null;

  constructor(proofFolder: string, host: Host) {
    this.description = { protocol: 'ledger', title: basename(proofFolder), path: proofFolder };
    this.#keeper = host.memos === undefined ? null : new LedgerKeeper(host.memos, proofFolder);
    this.#reader = new LedgerReader(proofFolder, {
      readingThread: host.readingThread,
      keeper: this.#keeper ?? undefined,
      isWatched: () => this.#watch?.mode === 'watching',
      onDoubt: () => this.#hint?.(),
    });
    this.#host = host;
    this.#writeLock = new WriteLockWatch(this.#reader, host);
    this.#mends = new LedgerMends(() => this.#ground());
    this.#reachedAtMs = host.clock.nowMs();
  }

  async read(options: ReadOptions): Promise<Reading> {
    const watched = this.#hint !== null;
    await this.#look({ ...options, check: options.check === true ? 'all' : undefined });
    // Out of reach, what was last seen is shown: the lock too.
    if (this.#reader.outOfReach === null) {
      await this.#writeLock.look({ mayWait: !watched, signal: options.signal });
    }
    await this.#mends.look(options.signal);
    const observedAtMs = this.#host.clock.nowMs();
    const { reset, transitions } = this.#pending;
    this.#pending = { reset: false, transitions: [] };
    const claims = this.#told.changed({
      reader: this.#reader,
      beside: this.#beside,
      lock: this.#writeLock.claim,
      reset,
      transitions,
      nowMs: observedAtMs,
    });
    const differences = this.#differences;
    this.#differences = null;
    this.#wakeLater(observedAtMs);
    this.#keeper?.noticed(this.#keptFrom);
    return {
      observedAtMs,
      reset,
      ...claims,
      transitions: transitions.map(toTransition),
      findings: this.#findings(observedAtMs),
      ...(this.#reader.moreFindings === 0 ? {} : { moreFindings: this.#reader.moreFindings }),
      status: this.#status(),
      head: this.#reader.head,
      ...(this.#watch === null ? {} : { watch: this.#watch.mode }),
      note: this.#reader.mixed !== null ? 'both dialects' : `${this.#reader.dialect} dialect`,
      ...(differences === null ? {} : { differences }),
    };
  }

  watch(hint: () => void): () => void {
    this.#hint = hint;
    const watch = watchLedger(this.description.path, {
      onLedger: (name) => {
        if (name === null) this.#reader.hintUnknown();
        else this.#reader.hint(name);
        hint();
      },
      onBeside: () => {
        this.#besideChanged = true;
        hint();
      },
    });
    this.#watch = watch;
    // What changed since the last reading, nobody told.
    this.#reader.hintUnknown();
    this.#besideChanged = true;
    const dispose = () => {
      watch.stop();
      this.#watch = null;
      this.#hint = null;
      this.#stopWaking();
      this.#disposers.delete(dispose);
    };
    this.#disposers.add(dispose);
    return dispose;
  }

  record(claimId: string): Promise<RawRecord | null> {
    const lock = this.#writeLock.claim;
    if (claimId === lock?.id) return Promise.resolve(this.#writeLock.record());
    const node = nodeOfClaim(claimId);
    return Promise.resolve(node === null ? null : readRecord(this.#reader, node, this.#lockFilesOf(node)));
  }

  history(claimId: string, limit: number): Promise<readonly Transition[]> {
    const node = nodeOfClaim(claimId);
    return Promise.resolve(node === null ? [] : this.#reader.log.newestOf(node, limit).map(toTransition));
  }

  async plan(request: ActionRequest): Promise<PlanOutcome> {
    const { signal } = new AbortController();
    // A watch may be late, or not there: nobody need tell that a lock file was rewritten.
    this.#besideChanged = true;
    await this.#look({ signal, check: 'newest' });
    const ground = this.#ground();
    if (request.action === 'mend') return planMend(ground, request, signal);
    if (!isEnding(request)) return NO_PROCESS_TO_END;
    const taken = request.claims.filter(({ claimId }) => isTakeAway(ground, claimId));
    if (taken.length > 0) return planTakeAway(ground, request, taken);
    const peer = peerReason(ground);
    const outcome = planAction(ground, request);
    return peer === null || outcome.kind !== 'planned' ? outcome : { kind: 'refused', reasons: [peer] };
  }

  async commit(
    plan: Plan,
    options: { readonly reason: string | null; readonly signal: AbortSignal },
  ): Promise<ActionResult> {
    this.#besideChanged = true;
    return unlessGivenUp(options.signal, async () => {
      await this.#look({ signal: options.signal, check: 'newest' });
      if (plan.action === 'mend') return this.#mend(plan, options);
      if (!isEnding(plan)) return NO_PROCESS_TO_END;
      if (plan.removes !== undefined) return this.#takeAway(plan, options);
      return commitAction(this.#ground(), plan, options.signal);
    });
  }

  undoables(): Promise<readonly Undoable[]> {
    const ground = this.#ground();
    const all = [...listTakenAway(ground), ...listMended(ground)];
    return Promise.resolve(all.sort((a, b) => (a.id < b.id ? 1 : -1)));
  }

  undo(id: string, { signal }: { readonly signal: AbortSignal }): Promise<ActionResult> {
    return unlessGivenUp(signal, async () => {
      await this.#look({ signal });
      const ground = this.#ground();
      if (isMended(ground, id)) return undoMend(ground, id, signal);
      const result = await undoTakeAway(ground, id, signal);
      this.#besideChanged = true;
      return result;
    });
  }

  async #mend(
    plan: MendPlan,
    options: { readonly reason: string | null; readonly signal: AbortSignal },
  ): Promise<ActionResult> {
    const result = await commitMend(this.#ground(), plan, options);
    if (result.kind !== 'done' || plan.after === null) return result;
    // What it reads as now is not believed but read.
    await this.#look({ signal: new AbortController().signal });
    const { fault, head } = this.#reader;
    if (fault === null && head === plan.after.head) return result;
    const why = fault === null ? `It ends with #${head.toString()} now.` : fault.finding.message;
    return { ...result, warnings: [...result.warnings, `It does not read as it was planned. ${why}`] };
  }

  async #takeAway(
    plan: ClaimPlan<EndAction>,
    options: { readonly reason: string | null; readonly signal: AbortSignal },
  ): Promise<ActionResult> {
    const result = await commitTakeAway(this.#ground(), plan, options);
    // Nobody need wait for a watch to see it.
    this.#besideChanged = true;
    return result;
  }

  async keep(): Promise<void> {
    await this.#keeper?.close(this.#keptFrom);
  }

  close(): void {
    for (const dispose of [...this.#disposers]) dispose();
    this.#reader.close();
    this.#keeper?.stop();
  }

  #ground(): ActionGround {
    return {
      reader: this.#reader,
      host: this.#host,
      lockFilesOf: (node) => this.#lockFilesOf(node),
      lockFilesNow: (nodes) => lockFilesNow(this.description.path, nodes, this.#beside.locks),
    };
  }

  /** Looks at everything and keeps what is new until it is told. */
  async #look(options: LookOptions): Promise<void> {
    const delta = await this.#reader.read(options);
    if (delta.differences !== undefined) this.#differences = [...(this.#differences ?? []), ...delta.differences];
    if (delta.reset) this.#pending = { reset: true, transitions: [] };
    else if (!this.#pending.reset) {
      // There may be more of them than a call takes arguments.
      for (const transition of delta.transitions) this.#pending.transitions.push(transition);
    }
    // Without a watch nobody tells that a lock file was rewritten in place.
    const wanted = this.#besideChanged || this.#hint === null || options.fresh === true;
    // Where the whole proof is gone, what was last seen is shown.
    if (wanted && (this.#reader.outOfReach === null || existsSync(this.description.path))) {
      this.#besideChanged = false;
      const beside = readBeside(this.description.path);
      // Another object is told as something new.
      if (!isSameBeside(this.#beside, beside)) this.#beside = beside;
    }
    if (this.#reader.outOfReach === null) this.#reachedAtMs = this.#host.clock.nowMs();
  }

  #lockFilesOf(node: string): readonly LockFile[] {
    return this.#beside.byNode.get(node) ?? [];
  }

  #findings(nowMs: number): readonly LedgerFinding[] {
    const reader = this.#reader;
    return this.#mends.withOffers([
      ...reader.findings,
      ...replacedFindings(reader.replaced, (sequence) => reader.nameOf(sequence)),
      ...doubleHolderFindings((node) => reader.replay.claim(node), this.#beside.locks, nowMs),
      ...mixedFinding(reader),
      ...heldLockFinding(this.#writeLock.claim, nowMs),
      ...clockFinding(this.#told.skew),
      ...this.#beside.findings,
      ...tempFileFindings(reader.tempFiles, reader.moreTempFiles, this.#host.processes, nowMs),
    ]);
  }

  #status(): SourceStatus {
    const { outOfReach, fault } = this.#reader;
    if (outOfReach !== null) {
      return {
        kind: 'out-of-reach',
        since: instantFromMs(this.#reachedAtMs),
        reason: `its ledger folder cannot be read: ${outOfReach}`,
      };
    }
    if (fault === null) return { kind: 'readable' };
    return fault.proven
      ? { kind: 'unreadable', at: fault.sequence, reason: reasonIn(fault.finding) }
      : { kind: 'undecided', reason: fault.finding.message };
  }

  /** Some facts only show with time: a lock that stays, a temp file that nobody finishes. */
  #wakeLater(nowMs: number): void {
    this.#stopWaking();
    if (this.#hint === null) return;
    const tempMs = mayStillBeWritten(this.#reader.tempFiles, this.#host.processes, nowMs) ? TEMP_LOOK_MS : null;
    const owedMs = this.#reader.owesListing ? OWED_LOOK_MS : null;
    const waits = [this.#writeLock.nextLookMs(nowMs), this.#mends.nextLookMs, tempMs, owedMs].filter(
      (ms) => ms !== null,
    );
    if (waits.length > 0) this.#wake = setTimeout(this.#hint, Math.min(...waits));
  }

  #stopWaking(): void {
    if (this.#wake !== null) clearTimeout(this.#wake);
    this.#wake = null;
  }
}

/** What rejects when an operator gives up has not begun to change anything: it was still reading. */
async function unlessGivenUp(signal: AbortSignal, task: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await task();
  } catch (error) {
    if (!signal.aborted) throw error;
    return { kind: 'refused', reasons: ['It was given up before anything was changed. Nothing was written.'] };
  }
}

function toTransition(transition: LedgerTransition): Transition {
  const { node, kind, at, sequence, holder, until } = transition;
  return { claimId: nodeClaimId(node), kind, at, basis: 'recorded', sequence, holder, until };
}
