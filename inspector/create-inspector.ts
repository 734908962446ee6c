import path from 'node:path';
import { describeError } from '../core/host/errors';
import type {
  ActionResult,
  AuditEntry,
  Change,
  Changes,
  ClaimDetail,
  LeaseBands,
  OpenOutcome,
  PlanOutcome,
  Snapshot,
  SourceUndoable,
  VerifyOutcome,
} from '../core/model';
import { AuditLog } from './audit-log';
import { ChangeFeed, callSafely } from './changes';
import { type CommitOptions, commitPlan } from './commit';
import { claimDetail, TRANSITIONS_SHOWN } from './detail';
import { type Discover, discover, type FoundSource } from './discovery/discover';
import { HolderIndex } from './holder-index';
import { sourceIdOf, sourceIdOfKey } from './ids';
import type { Inspector, InspectorOptions } from './inspector';
import { VerdictTimer } from './judge-claims';
import type { JudgedClaim } from './judged-claim';
import type { Notice } from './look-again';
import { OpenedPaths } from './opened-paths';
import { OpenedSource } from './opened-source';
import { type AskedOutcome, askForClaims, askForMend } from './plan-claims';
import { type KeptPlan, Plans } from './plans';
import { Gate } from './serial-queue';
import { snapshotOf } from './snapshot';
import { SourceState } from './source-state';
import { takeSteps } from './steps';
import { undoTaken } from './undo';
import { differsInWords, nameInWords } from './words';

/** Full readings at a time; each may keep a thread and a disk busy. */
const FULL_READINGS = 4;

/** An inspector with nothing opened yet. `dispose` it: until then it keeps its timer and its watchers. */
export function createInspector(options: InspectorOptions): Inspector {
  return new Engine(options);
}

class Engine implements Inspector {
  readonly #options: InspectorOptions;
  readonly #feed = new ChangeFeed();
  readonly #noticeListeners = new Set<(notice: Notice) => void>();
  readonly #holders = new HolderIndex();
  readonly #plans = new Plans();
  readonly #paths = new OpenedPaths();
  readonly #audit: AuditLog;
  readonly #fullReadings = new Gate(FULL_READINGS);
  readonly #sources = new Map<string, OpenedSource>();
  /** Closed, and still being taken out of what is shown, step by step; with what takes the rest out at once. */
  readonly #leaving = new Map<string, { readonly state: SourceState; readonly finish: () => void }>();
  readonly #closing = new Set<Promise<void>>();
  readonly #discoveries = new AbortController();
  readonly #timer: VerdictTimer<JudgedClaim> | null;
  readonly #thisHost: string;
  readonly #discover: Discover;
  #disposed: Promise<void> | null = null;

  constructor(options: InspectorOptions) {
    this.#options = options;
    this.#discover = options.discover ?? ((start, signal) => discover(start, options.protocols, signal));
    this.#audit = new AuditLog(options.dataFolder);
    this.#thisHost = options.host.processes.self().host;
    this.#timer = options.watch
      ? new VerdictTimer({
          clock: options.host.clock,
          onDue: (due) => {
            this.#rejudge(due);
          },
          onClockJump: () => {
            this.#rejudgeAll();
            this.#readAll();
          },
        })
      : null;
  }

  async open(folder: string, signal?: AbortSignal): Promise<OpenOutcome> {
    if (this.#disposed !== null || signal?.aborted === true) return { kind: 'cancelled' };
    if (!path.isAbsolute(folder) || folder.includes('\0')) {
      return { kind: 'nothing-found', message: `${nameInWords(folder)} is not an absolute path.` };
    }
    const aborter = new AbortController();
    const abort = (): void => {
      aborter.abort();
    };
    const signals = signal === undefined ? [this.#discoveries.signal] : [this.#discoveries.signal, signal];
    for (const each of signals) each.addEventListener('abort', abort, { once: true });
    const { found, cutShort, closed } = await this.#discover(folder, aborter.signal);
    for (const each of signals) each.removeEventListener('abort', abort);
    if (aborter.signal.aborted) return { kind: 'cancelled' };

    const name = nameInWords(folder);
    if (found.length === 0) {
      const message =
        closed !== null
          ? `${name} cannot be looked at: ${closed}.`
          : cutShort === null
            ? `No locks that Lockscope knows are at ${name} or in a folder below it.`
            : `No locks that Lockscope knows were found at ${name}, but not everything below it was looked at: ${cutShort}.`;
      return { kind: 'nothing-found', message };
    }
    const sourceIds = found.map((each) => this.#openSource(each));
    this.#paths.add(path.resolve(folder), sourceIds);
    if (cutShort !== null) {
      const message = `Not everything below ${name} was looked at: ${cutShort}.`;
      this.#notify({ tone: 'info', message });
    }
    return { kind: 'opened', sourceIds };
  }

  close(sourceId: string): void {
    const opened = this.#sources.get(sourceId);
    if (opened === undefined) return;
    this.#sources.delete(sourceId);
    this.#paths.forgetSource(sourceId);
    const closing = opened.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#takeOut(opened.state);
  }

  /** Takes a closed source out of what is shown. */
  #takeOut(state: SourceState): void {
    const steps = state.removeAll();
    const step = (): boolean => {
      const { value, done } = steps.next();
      if (done === true) this.#leaving.delete(state.id);
      this.#feed.publish(value);
      return done === true;
    };
    const goOn = (): void => {
      if (this.#leaving.get(state.id)?.state === state && !step()) setImmediate(goOn);
    };
    const finish = (): void => {
      while (!step());
    };
    this.#leaving.set(state.id, { state, finish });
    goOn();
  }

  async reread(sourceId: string): Promise<void> {
    await this.#sources.get(sourceId)?.readAgain();
  }

  cancelReading(sourceId: string): void {
    this.#sources.get(sourceId)?.cancelReading();
  }

  verify(sourceId: string): Promise<VerifyOutcome> {
    const opened = this.#sources.get(sourceId);
    if (opened !== undefined) return opened.verify();
    return Promise.resolve({ kind: 'failed', error: 'This source is no longer open.' });
  }

  setBands(sourceId: string, bands: LeaseBands | null): void {
    const opened = this.#sources.get(sourceId);
    if (opened === undefined) return;
    this.#feed.publish(opened.state.setBands(bands));
    this.#rejudgeSome(opened, opened.state.entries);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((opened) => opened.firstRead));
  }

  snapshot(): Snapshot {
    const states = [...this.#leaving.values(), ...this.#sources.values()].map(({ state }) => state);
    return snapshotOf(this.#feed.revision, states);
  }

  onChanges(listener: (changes: Changes) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    const own = (notice: Notice): void => {
      listener(notice);
    };
    this.#noticeListeners.add(own);
    return () => {
      this.#noticeListeners.delete(own);
    };
  }

  async detail(key: string): Promise<ClaimDetail | null> {
    const known = this.#find(key);
    if (known === null) return null;
    const { id } = known.entry.claim;
    const read = await known.opened.readOfClaim(id, TRANSITIONS_SHOWN);
    const found = this.#find(key);
    if (found === null) return null;
    const { opened, entry } = found;
    this.#feed.publish(opened.state.rejudge([entry]));
    return claimDetail(opened.state, entry, this.#holders, read, this.#options.host.clock.nowMs());
  }

  async plan(request: Parameters<Inspector['plan']>[0]): Promise<PlanOutcome> {
    return this.#keep(
      await askForClaims(this.#sources, request, (changes) => {
        this.#feed.publish(changes);
      }),
    );
  }

  async planMend(request: Parameters<Inspector['planMend']>[0]): Promise<PlanOutcome> {
    return this.#keep(await askForMend(this.#sources, request));
  }

  #keep(asked: AskedOutcome): PlanOutcome {
    const { outcome } = asked;
    if (asked.kind === 'known' || outcome.kind !== 'planned') return outcome;
    return { ...outcome, plan: this.#plans.keep(asked.opened.state.id, asked.request, outcome.plan) };
  }

  async commit(
    request: Parameters<Inspector['commit']>[0],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ActionResult> {
    const refused = (reason: string): ActionResult => ({ kind: 'refused', reasons: [reason] });
    if (this.#options.readOnly) return refused('Lockscope was started read-only, so nothing is written.');
    if (this.#disposed !== null) return refused('Lockscope is closing, so nothing more is written.');
    const kept = this.#plans.get(request.planId);
    if (kept.kind === 'refused') return refused(kept.reason);
    const missing = missingFrom(kept.plan, request);
    if (missing !== null) return refused(missing);
    const opened = this.#sources.get(kept.plan.sourceId);
    if (opened === undefined) return refused('This source is no longer open.');
    // From here on the plan is used up, however it ends.
    this.#plans.take(request.planId);
    const reason = request.reason?.trim() ?? '';
    return commitPlan(opened, kept.plan, reason === '' ? null : reason, this.#commitOptions(signal));
  }

  async undoables(): Promise<readonly SourceUndoable[]> {
    const found = await Promise.all(
      [...this.#sources].map(async ([sourceId, opened]) =>
        (await opened.undoables()).map((undoable) => ({ ...undoable, sourceId })),
      ),
    );
    return found.flat().sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1));
  }

  undo(
    { sourceId, undoId }: Parameters<Inspector['undo']>[0],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ActionResult> {
    const refused = (reason: string): Promise<ActionResult> => Promise.resolve({ kind: 'refused', reasons: [reason] });
    if (this.#options.readOnly) return refused('Lockscope was started read-only, so nothing is written.');
    if (this.#disposed !== null) return refused('Lockscope is closing, so nothing more is written.');
    const opened = this.#sources.get(sourceId);
    if (opened === undefined) return refused('This source is no longer open.');
    return undoTaken(opened, undoId, this.#commitOptions(signal));
  }

  #commitOptions(signal: AbortSignal): CommitOptions {
    return {
      clock: this.#options.host.clock,
      program: this.#options.program,
      audit: this.#audit,
      signal,
      onAudited: () => this.#tellAuditCount(),
      notify: (notice) => {
        this.#notify(notice);
      },
    };
  }

  audit(limit: number): Promise<readonly AuditEntry[]> {
    return this.#audit.newest(limit);
  }

  auditCount(): Promise<number> {
    return this.#audit.count();
  }

  openedPaths(): readonly string[] {
    return this.#paths.list();
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#discoveries.abort();
    this.#timer?.dispose();
    const closing = [...this.#sources.values()].map((opened) => opened.close());
    await Promise.all([...closing, ...this.#closing]);
    this.#feed.clear();
    this.#noticeListeners.clear();
  }

  /** Returns the source's id; one that is open already stays as it is. */
  #openSource({ port, folder }: FoundSource): string {
    const id = sourceIdOf(port.protocol, folder);
    if (this.#sources.has(id)) return id;
    // Opened again before it was quite gone.
    this.#leaving.get(id)?.finish();
    const { host, watch } = this.#options;
    const source = port.open(folder, host);
    const state = new SourceState({
      id,
      description: source.description,
      clock: host.clock,
      timer: this.#timer,
      holders: this.#holders,
      thisHost: this.#thisHost,
      ownBands: port.bands ?? null,
      bands: this.#options.bandsOf?.(id) ?? null,
    });
    const opened = new OpenedSource({
      source,
      state,
      host,
      watch,
      fullReadings: this.#fullReadings,
      onDiffers: (differences) => {
        this.#notify({ tone: 'error', message: differsInWords(source.description.title, differences) });
      },
      publish: (changes) => {
        this.#publish(changes);
      },
    });
    this.#sources.set(id, opened);
    this.#feed.publish([{ kind: 'source', source: state.row }]);
    opened.start();
    return id;
  }

  #find(key: string): { readonly opened: OpenedSource; readonly entry: JudgedClaim } | null {
    const opened = this.#sources.get(sourceIdOfKey(key));
    const entry = opened?.state.entryByKey(key);
    return opened === undefined || entry === undefined ? null : { opened, entry };
  }

  #publish(changes: readonly Change[]): void {
    this.#feed.publish(changes);
    // A reading is a good moment to notice that the clock was set: the timer may sleep for a while yet.
    this.#timer?.checkClock();
  }

  #rejudge(due: readonly JudgedClaim[]): void {
    const bySource = new Map<string, JudgedClaim[]>();
    for (const entry of due) {
      const entries = bySource.get(entry.sourceId);
      if (entries === undefined) bySource.set(entry.sourceId, [entry]);
      else entries.push(entry);
    }
    for (const [sourceId, entries] of bySource) this.#rejudgeSome(this.#sources.get(sourceId), entries);
  }

  #rejudgeAll(): void {
    for (const opened of this.#sources.values()) this.#rejudgeSome(opened, opened.state.entries);
  }

  /** When a picture was read means nothing any more by a clock that was set, and a machine that slept may have missed something. */
  #readAll(): void {
    for (const opened of this.#sources.values()) void opened.read();
  }

  #rejudgeSome(opened: OpenedSource | undefined, entries: Iterable<JudgedClaim>): void {
    if (opened === undefined) return;
    const publish = (changes: readonly Change[]): void => {
      this.#feed.publish(changes);
    };
    void takeSteps(opened.state.rejudgeAll(entries), publish, () => opened.isClosed);
  }

  async #tellAuditCount(): Promise<void> {
    try {
      this.#feed.publish([{ kind: 'audit', count: await this.#audit.count() }]);
    } catch (error) {
      this.#notify({ tone: 'error', message: `The audit log cannot be read: ${describeError(error)}.` });
    }
  }

  #notify(notice: Notice): void {
    for (const listener of [...this.#noticeListeners]) callSafely(listener, notice);
  }
}

/** A reason is made of words: the placeholder of a copied command is none. */
const SOME_WORD = /[\p{L}\p{N}]/u;

/** What a plan needs and the operator did not give, in words; null when nothing is missing. */
function missingFrom(
  { shown }: KeptPlan,
  request: { readonly reason: string | null; readonly confirmation: string | null },
): string | null {
  if (shown.needs.reason && !SOME_WORD.test(request.reason ?? '')) {
    return 'A reason is needed: say in words why this is done. It goes into the audit log.';
  }
  if (shown.needs.confirmation !== null && shown.needs.confirmation !== request.confirmation) {
    return `To confirm, type ${nameInWords(shown.needs.confirmation)} exactly as it stands there.`;
  }
  return null;
}
