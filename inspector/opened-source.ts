import { describeError } from '../core/host/errors';
import type { Host } from '../core/host/host';
import type { ActionResult, Change, Plan, PlanOutcome, Transition, Undoable, VerifyOutcome } from '../core/model';
import type { RawRecord, Source } from '../core/port';
import { type Gate, SerialQueue } from './serial-queue';
import type { SourceState } from './source-state';
import { type LookOutcome, verifySource } from './verify';
import { type SourceWatch, watchSource } from './watch-source';

/** How often a long first reading tells how far it is. */
const PROGRESS_EVERY_MS = 100;
/** A port that does not stop reading when told to is left behind after this long. */
const CLOSE_WAITS_MS = 2_000;

export interface OpenedSourceOptions {
  readonly source: Source;
  readonly state: SourceState;
  readonly host: Host;
  readonly watch: boolean;
  readonly publish: (changes: readonly Change[]) => void;
  /** Readings of everything: only a few at a time, however many sources were opened. */
  readonly fullReadings: Gate;
}

/** One source of the workspace: one call of its port at a time, and its state kept by its readings. */
export class OpenedSource {
  readonly state: SourceState;
  /** Resolves when it was read once, or could not be, or was closed. */
  readonly firstRead: Promise<void>;
  /** How often something was put back here. */
  undos = 0;
  readonly #options: OpenedSourceOptions;
  readonly #queue = new SerialQueue();
  readonly #aborter = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #firstReadDone: () => void = () => undefined;
  #isRead = false;
  /** Ends the reading that runs; null while none does. */
  #stopReading: (() => void) | null = null;
  /** The operator gave the first reading up: nothing is read until it is asked for. */
  #isGivenUp = false;
  #watch: SourceWatch | null = null;
  #committing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;

  constructor(options: OpenedSourceOptions) {
    this.#options = options;
    this.state = options.state;
    this.firstRead = new Promise((resolve) => {
      this.#firstReadDone = resolve;
    });
  }

  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** Starts to read, and to watch if that is wanted. */
  start(): void {
    if (!this.#options.watch) {
      void this.read();
      return;
    }
    this.#watch = watchSource({
      watch: (hint) => this.#options.source.watch(hint),
      read: () => this.read(),
    });
    this.#options.publish(this.state.setWatch(this.#watch.mode));
  }

  /**
   * Reads what is new (or, if `fresh`, everything) and publishes what changed. Never rejects.
   * False when the source could not be looked at.
   */
  read(fresh = false): Promise<boolean> {
    return this.#queue.run(() => this.#readReached(fresh));
  }

  /** Reads everything again on the operator's word; a source whose first reading was given up is read as for the first time. */
  readAgain(): Promise<boolean> {
    const isFirst = this.#isGivenUp;
    this.#isGivenUp = false;
    if (isFirst) this.#options.publish(this.state.setProgress(0, null));
    return this.read(!isFirst);
  }

  /** Gives the first reading up, if it is not done yet. */
  cancelReading(): void {
    const changes = this.isClosed ? false : this.state.setNotRead();
    if (changes === false) return;
    this.#isGivenUp = true;
    this.#stopReading?.();
    this.#options.publish(changes);
    this.#firstReadDone();
  }

  /** Reads everything anew and tells whether it is what was shown. Never rejects. */
  verify(): Promise<VerifyOutcome> {
    return this.#queue.run(() => {
      if (this.#isGivenUp)
        return Promise.resolve({ kind: 'failed', error: 'It has not been read yet: read it first.' });
      return verifySource(this.state, (fresh) => this.#read(fresh));
    });
  }

  /** The raw record behind a claim; null when it is gone or cannot be had. */
  record(claimId: string): Promise<RawRecord | null> {
    return this.#queue.run(async () => {
      if (this.isClosed) return null;
      return this.#options.source.record(claimId).catch(() => null);
    });
  }

  /** What became of a claim, recorded or observed, also of one that has ended: the newest `limit`, oldest first. Never rejects. */
  transitions(claimId: string, limit: number): Promise<readonly Transition[]> {
    return this.#queue.run(() => this.#transitions(claimId, limit));
  }

  plan(...args: Parameters<Source['plan']>): Promise<PlanOutcome> {
    return this.#queue.run(async () => {
      if (this.isClosed) return { kind: 'refused', reasons: ['This source is no longer open.'] };
      try {
        return await this.#options.source.plan(...args);
      } catch (error) {
        return {
          kind: 'failed',
          error: `The change could not be worked out: ${describeError(error)}. Nothing was written.`,
        };
      }
    });
  }

  /** What was taken away and is kept. Never rejects. */
  undoables(): Promise<readonly Undoable[]> {
    return this.#queue.run(() => (this.isClosed ? Promise.resolve([]) : this.#undoables()));
  }

  /**
   * Runs `task` while nothing else of this source runs; closing waits for it. `task` is given what it may do meanwhile.
   * Null when the source was closed before it was its turn; then nothing was run.
   */
  exclusively<T>(task: (turn: CommitTurn) => Promise<T>): Promise<T | null> {
    const run = this.#queue.run(async () => {
      if (this.isClosed) return null;
      const running = task({
        commit: (plan, reason, signal) => this.#commit(plan, reason, signal),
        read: () => this.#readReached(false),
        transitions: (claimId, limit) => this.#transitions(claimId, limit),
        undoables: () => this.#undoables(),
        undo: (id, signal) => this.#undo(id, signal),
      });
      this.#committing = running.catch(() => undefined);
      return running;
    });
    return run;
  }

  /** Calls `look` after `delayMs`, unless the source is closed before. */
  later(delayMs: number, look: () => void): void {
    if (this.isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      look();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** Stops watching and reading at once; resolves when a running commit has ended and the source is let go. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#watch?.dispose();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#aborter.abort();
    this.#firstReadDone();
    await this.#committing;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WAITS_MS);
    });
    // A reading that does not end keeps nothing.
    const kept = this.#queue.idle().then(() => this.#options.source.keep?.());
    await Promise.race([kept, patience]);
    clearTimeout(timer);
    this.#options.source.close();
  }

  async #commit(plan: Plan, reason: string | null, signal: AbortSignal): Promise<ActionResult> {
    try {
      // Not aborted by closing: what was begun is brought to its end.
      return await this.#options.source.commit(plan, { reason, signal });
    } catch (error) {
      return {
        kind: 'failed',
        error: `${describeError(error)}. Whether anything was written is not known: look at the source before you go on.`,
      };
    }
  }

  async #transitions(claimId: string, limit: number): Promise<readonly Transition[]> {
    const { source } = this.#options;
    const recorded = this.isClosed ? [] : await source.history?.(claimId, limit).catch(() => []);
    return this.state.history.mergedWith(recorded ?? [], claimId, limit);
  }

  async #undoables(): Promise<readonly Undoable[]> {
    return (await this.#options.source.undoables?.().catch(() => [])) ?? [];
  }

  async #undo(id: string, signal: AbortSignal): Promise<ActionResult> {
    this.undos += 1;
    try {
      const undone = await this.#options.source.undo?.(id, { signal });
      return undone ?? { kind: 'refused', reasons: ['Nothing can be put back here.'] };
    } catch (error) {
      return {
        kind: 'failed',
        error: `${describeError(error)}. Whether anything was put back is not known: look at the source before you go on.`,
      };
    }
  }

  /** What comes back exactly as it was gives no hint: where a source is out of reach, it must be looked for. */
  async #readReached(fresh: boolean): Promise<boolean> {
    const outcome = await this.#read(fresh);
    return outcome.kind === 'closed' || (outcome.kind === 'read' && outcome.reading.status.kind !== 'out-of-reach');
  }

  async #read(fresh: boolean): Promise<LookOutcome> {
    if (this.#isLetGo()) return { kind: 'closed' };
    const look = (): Promise<LookOutcome> => this.#look(fresh);
    const outcome = await (fresh || !this.#isRead ? this.#options.fullReadings.run(look) : look());
    if (outcome.kind !== 'closed') this.#isRead = true;
    this.#firstReadDone();
    return outcome;
  }

  async #look(fresh: boolean): Promise<LookOutcome> {
    const { source, host, publish } = this.#options;
    if (this.#isLetGo()) return { kind: 'closed' };
    const isFull = fresh || !this.#isRead;
    let toldAtMs = 0;
    const aborter = new AbortController();
    this.#stopReading = () => {
      aborter.abort();
    };
    this.#aborter.signal.addEventListener('abort', this.#stopReading);
    try {
      const reading = await source.read({
        signal: aborter.signal,
        fresh,
        onProgress: (done, total) => {
          const nowMs = host.clock.nowMs();
          if (!isFull || this.#isLetGo() || Math.abs(nowMs - toldAtMs) < PROGRESS_EVERY_MS) return;
          toldAtMs = nowMs;
          publish(this.state.setProgress(done, total));
        },
      });
      if (this.#isLetGo()) return { kind: 'closed' };
      publish(this.state.apply(reading));
      return { kind: 'read', reading };
    } catch (error) {
      // A reading that was stopped, because the source is closed or on the operator's word, says nothing about the source.
      if (aborter.signal.aborted || this.#isLetGo()) return { kind: 'closed' };
      publish(this.state.applyFailure(describeError(error), host.clock.nowMs()));
      return { kind: 'failed', error: describeError(error) };
    } finally {
      this.#aborter.signal.removeEventListener('abort', this.#stopReading);
      this.#stopReading = null;
      if (isFull && !this.#isLetGo()) publish(this.state.endProgress());
    }
  }

  /** Whether nothing is to be read. A method, so that the answer is asked for anew after every wait. */
  #isLetGo(): boolean {
    return this.isClosed || this.#isGivenUp;
  }
}

/** What a commit may do while the source is its own. */
export interface CommitTurn {
  /** Never rejects. `signal` ends a wait for the source's own lock. */
  readonly commit: (plan: Plan, reason: string | null, signal: AbortSignal) => Promise<ActionResult>;
  /** Reads what is new and publishes it. Never rejects. */
  readonly read: () => Promise<boolean>;
  /** What became of a claim: the newest `limit`, oldest first. Never rejects. */
  readonly transitions: (claimId: string, limit: number) => Promise<readonly Transition[]>;
  /** What was taken away and is kept. Never rejects. */
  readonly undoables: () => Promise<readonly Undoable[]>;
  /** Never rejects. */
  readonly undo: (id: string, signal: AbortSignal) => Promise<ActionResult>;
}
