import { describeError, NotBegun } from '../core/host/errors';
import type { Host } from '../core/host/host';
import type { ActionResult, Change, Plan, PlanOutcome, Transition, Undoable, VerifyOutcome } from '../core/model';
import type { Source } from '../core/port';
import type { ReadOfClaim } from './detail';
import { type Gate, SerialQueue } from './serial-queue';
import type { SourceState } from './source-state';
import { takeSteps } from './steps';
import { type LookOutcome, verifySource } from './verify';
import { PATIENCE_WITH_WRITES_MS, Waiting, within } from './waiting';
import { type SourceWatch, watchSource } from './watch-source';

/** How often a long first reading tells how far it is. */
const PROGRESS_EVERY_MS = 100;
/** A port that does not stop reading when told to is left behind after this long. */
const CLOSE_WAITS_MS = 2_000;
/** A commit that does not end is left behind after this long: longer than any waits for a lock. */
const COMMIT_WAITS_MS = 10_000;

export interface OpenedSourceOptions {
  readonly source: Source;
  readonly state: SourceState;
  readonly host: Host;
  readonly watch: boolean;
  readonly publish: (changes: readonly Change[]) => void;
  /** Told what a reading found otherwise than it had been read, in sentences; not what `verify` finds. */
  readonly onDiffers: (differences: readonly string[]) => void;
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
  readonly #waiting: Waiting;
  readonly #timers = new Set<NodeJS.Timeout>();
  #firstReadDone: () => void = () => undefined;
  #isRead = false;
  /** Ends the reading that runs; null while none does. */
  #stopReading: (() => void) | null = null;
  /** The operator gave the first reading up: nothing is read until it is asked for. */
  #isGivenUp = false;
  /** It was given up when the reading was there already. */
  #isUnheard = false;
  /** Gives back the place among the full readings; for one that makes no headway. */
  #leaveFullReadings: () => void = () => undefined;
  #watch: SourceWatch | null = null;
  #committing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | null = null;

  constructor(options: OpenedSourceOptions) {
    this.#options = options;
    this.state = options.state;
    this.#waiting = new Waiting(
      (forMs) => {
        this.#leaveFullReadings();
        if (!this.isClosed) options.publish(this.state.setWaiting(options.host.clock.nowMs() - forMs));
      },
      () => {
        if (!this.isClosed) options.publish(this.state.setWaiting(null));
      },
    );
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
      watch: (hint, onUnwatched) => this.#options.source.watch(hint, onUnwatched),
      read: () => this.read(),
      onUnwatched: () => {
        this.#options.publish(this.state.setWatch('looking'));
      },
    });
    this.#options.publish(this.state.setWatch(this.#watch.mode));
  }

  /**
   * Reads what is new (or, if `fresh`, everything) and publishes what changed. Never rejects.
   * False when the source could not be looked at.
   */
  read(fresh = false): Promise<boolean> {
    return this.#queue.run(() => this.#readReached({ fresh }));
  }

  /** Reads what is new, and looks whether all that was read before still stands as it did. As `read`. */
  check(): Promise<boolean> {
    return this.#queue.run(() => this.#readReached({ check: true }));
  }

  /** Reads everything again on the operator's word; a source whose first reading was given up is read as for the first time. */
  readAgain(): Promise<boolean> {
    const isFirst = this.#isGivenUp;
    this.#isGivenUp = false;
    if (isFirst) this.#options.publish(this.state.setProgress(0, null));
    return this.read(!isFirst || this.#isUnheard);
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
      return verifySource(this.state, (fresh) => this.#read({ fresh, isVerified: true }));
    });
  }

  /**
   * What is read of a claim for its detail: its raw record, and the newest `limit` of what became of it. Never rejects.
   * A source that does not answer keeps nobody waiting: then there is no record, and only what we saw ourselves.
   */
  readOfClaim(claimId: string, limit: number): Promise<ReadOfClaim> {
    const { source } = this.#options;
    const reading = this.#queue.run(async (): Promise<ReadOfClaim> => {
      const record = this.isClosed ? null : await this.#waiting.during(() => source.record(claimId)).catch(() => null);
      return { record, transitions: await this.#transitions(claimId, limit) };
    });
    return this.#waiting.orElse(reading, { record: null, transitions: this.#observed(claimId, limit) });
  }

  /** What became of a claim, recorded or observed, also of one that has ended: the newest `limit`, oldest first. Never rejects. */
  transitions(claimId: string, limit: number): Promise<readonly Transition[]> {
    const reading = this.#queue.run(() => this.#transitions(claimId, limit));
    return this.#waiting.orElse(reading, this.#observed(claimId, limit));
  }

  plan(...args: Parameters<Source['plan']>): Promise<PlanOutcome> {
    const planning = this.#queue.run(async (): Promise<PlanOutcome> => {
      if (this.isClosed) return { kind: 'refused', reasons: ['This source is no longer open.'] };
      try {
        return await this.#waiting.during(() => this.#options.source.plan(...args));
      } catch (error) {
        return {
          kind: 'failed',
          error: `The change could not be worked out: ${describeError(error)}. Nothing was written.`,
        };
      }
    });
    return this.#waiting.orElse(planning, {
      kind: 'failed',
      error: 'The source does not answer, so the change could not be worked out. Nothing was written.',
    });
  }

  /** What was taken away and is kept; nothing is known of it while the source does not answer. Never rejects. */
  undoables(): Promise<readonly Undoable[]> {
    const asking = this.#queue.run(() => (this.isClosed ? Promise.resolve([]) : this.#undoables()));
    return this.#waiting.orElse(asking, []);
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
        read: () => this.#readReached({}),
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
    await within(COMMIT_WAITS_MS, this.#committing, undefined);
    // A reading that does not end keeps nothing.
    const kept = this.#queue.idle().then(() => this.#options.source.keep?.());
    await within(CLOSE_WAITS_MS, kept, undefined);
    this.#options.source.close();
  }

  async #commit(plan: Plan, reason: string | null, signal: AbortSignal): Promise<ActionResult> {
    try {
      // Not aborted by closing: what was begun is brought to its end.
      return await this.#waiting.during(
        () => this.#options.source.commit(plan, { reason, signal }),
        PATIENCE_WITH_WRITES_MS,
      );
    } catch (error) {
      if (error instanceof NotBegun) return { kind: 'failed', error: `${error.message}. Nothing was written.` };
      return {
        kind: 'failed',
        error: `${describeError(error)}. Whether anything was written is not known: look at the source before you go on.`,
      };
    }
  }

  async #transitions(claimId: string, limit: number): Promise<readonly Transition[]> {
    const { source } = this.#options;
    const asked = async (): Promise<readonly Transition[]> => (await source.history?.(claimId, limit)) ?? [];
    const recorded = this.isClosed ? [] : await this.#waiting.during(asked).catch(() => []);
    return this.state.history.mergedWith(recorded, claimId, limit);
  }

  #observed(claimId: string, limit: number): readonly Transition[] {
    return this.state.history.mergedWith([], claimId, limit);
  }

  async #undoables(): Promise<readonly Undoable[]> {
    const asked = async (): Promise<readonly Undoable[]> => (await this.#options.source.undoables?.()) ?? [];
    return this.#waiting.during(asked).catch(() => []);
  }

  async #undo(id: string, signal: AbortSignal): Promise<ActionResult> {
    this.undos += 1;
    try {
      const undone = await this.#waiting.during(
        async () => this.#options.source.undo?.(id, { signal }),
        PATIENCE_WITH_WRITES_MS,
      );
      return undone ?? { kind: 'refused', reasons: ['Nothing can be put back here.'] };
    } catch (error) {
      if (error instanceof NotBegun) return { kind: 'failed', error: `${error.message}. Nothing was put back.` };
      return {
        kind: 'failed',
        error: `${describeError(error)}. Whether anything was put back is not known: look at the source before you go on.`,
      };
    }
  }

  /** What comes back exactly as it was gives no hint: where a source is out of reach, it must be looked for. */
  async #readReached(how: HowToLook): Promise<boolean> {
    const outcome = await this.#read(how);
    return outcome.kind === 'closed' || (outcome.kind === 'read' && outcome.reading.status.kind !== 'out-of-reach');
  }

  async #read(how: HowToLook): Promise<LookOutcome> {
    if (this.#isLetGo()) return { kind: 'closed' };
    const look = (): Promise<LookOutcome> => this.#look(how);
    const outcome = await (how.fresh === true || !this.#isRead ? this.#fully(look) : look());
    if (outcome.kind !== 'closed') this.#isRead = true;
    this.#firstReadDone();
    return outcome;
  }

  /** Takes a place among the full readings, and gives it back early when the source does not answer. */
  #fully<T>(look: () => Promise<T>): Promise<T> {
    return this.#options.fullReadings.run((leave) => {
      this.#leaveFullReadings = leave;
      return look();
    });
  }

  async #look({ fresh = false, check = false, isVerified = false }: HowToLook): Promise<LookOutcome> {
    const { source, host, publish, onDiffers } = this.#options;
    if (this.#isLetGo()) return { kind: 'closed' };
    const isFull = fresh || !this.#isRead;
    let toldAtMs = 0;
    const aborter = new AbortController();
    this.#stopReading = () => {
      aborter.abort();
    };
    this.#aborter.signal.addEventListener('abort', this.#stopReading);
    try {
      const reading = await this.#waiting.during(() =>
        source.read({
          signal: aborter.signal,
          fresh,
          check,
          onProgress: (done, total) => {
            this.#waiting.heard();
            const nowMs = host.clock.nowMs();
            if (!isFull || this.#isLetGo() || Math.abs(nowMs - toldAtMs) < PROGRESS_EVERY_MS) return;
            toldAtMs = nowMs;
            publish(this.state.setProgress(done, total));
          },
        }),
      );
      // The source believes that it was heard. Whoever reads it again must have everything.
      this.#isUnheard = this.#isLetGo();
      if (this.#isUnheard) return { kind: 'closed' };
      const isWhole = await takeSteps(this.state.apply(reading), publish, () => this.isClosed);
      if (!isWhole) return { kind: 'closed' };
      const { differences = [] } = reading;
      if (!isVerified && differences.length > 0) onDiffers(differences);
      return { kind: 'read', reading };
    } catch (error) {
      // A reading that was stopped, because the source is closed or on the operator's word, says nothing about the source.
      if (aborter.signal.aborted || this.#isLetGo()) return { kind: 'closed' };
      const failure = this.state.applyFailure(describeError(error), host.clock.nowMs());
      await takeSteps(failure, publish, () => this.isClosed);
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

interface HowToLook {
  readonly fresh?: boolean;
  readonly check?: boolean;
  /** Whoever asked tells what is found otherwise. */
  readonly isVerified?: boolean;
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
