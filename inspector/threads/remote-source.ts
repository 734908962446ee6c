import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { NotBegun } from '../../core/host/errors';
import type { ActionResult, Finding, PlanOutcome, SourceDescription, Transition, Undoable } from '../../core/model';
import type { RawRecord, Reading, ReadOptions, Source } from '../../core/port';
import type { Answer, QuestionArgs, QuestionName } from './messages';
import { ABSENT, LostThread, type SourceThread, type Tenant } from './source-thread';
import type { ThreadPool } from './thread-pool';

/** A look is asked of so many threads before it is given up. */
const ATTEMPTS = 2;
/** A source whose threads keep ending rests in between, twice as long each time, in ms: it takes others with it. */
const REST_MS = 2_000;
const REST_AT_MOST_MS = 5 * 60_000;

interface Place {
  readonly thread: SourceThread;
  readonly number: number;
}

/**
 * A source that lives on another thread: each call is a message. It is opened there when it is first used, and anew
 * on another thread when its own ended or is held up by somebody else; the reading after that is a reset.
 * What may have written is never begun again: its call rejects, and whether anything was written is not known; where
 * nothing was asked of a thread yet, it rejects as `NotBegun`.
 */
export class RemoteSource implements Required<Source>, Tenant {
  readonly description: SourceDescription;
  readonly #pool: ThreadPool;
  #place: Place | null = null;
  #watching: { readonly hint: () => void; readonly onUnwatched: () => void } | null = null;
  /** The findings of the last reading at this place. */
  #told: readonly Finding[] = [];
  /** Threads that ended while this source was at work, since its last reading. */
  #ends = 0;
  #restsUntilMs = 0;
  #whyEnded = '';
  #isClosed = false;

  constructor(protocol: string, folder: string, pool: ThreadPool) {
    this.description = { protocol, title: basename(folder), path: folder };
    this.#pool = pool;
  }

  async read(options: ReadOptions): Promise<Reading> {
    const reading = await this.#look(({ thread, number }) => thread.read(number, options, this.#told), options.signal);
    this.#told = reading.findings;
    this.#ends = 0;
    return reading;
  }

  watch(hint: () => void, onUnwatched: () => void = () => undefined): () => void {
    const watching = { hint, onUnwatched };
    this.#watching = watching;
    // Where it is opened only now, it is watched from there on.
    if (this.#place === null) this.#enter();
    else this.#place.thread.watch(this.#place.number);
    return () => {
      if (this.#watching !== watching) return;
      this.#watching = null;
      if (this.#place !== null) this.#place.thread.unwatch(this.#place.number);
    };
  }

  record(...args: QuestionArgs<'record'>): Promise<RawRecord | null> {
    return this.#ask('record', args, null);
  }

  history(...args: QuestionArgs<'history'>): Promise<readonly Transition[]> {
    return this.#ask('history', args, []);
  }

  plan(...args: QuestionArgs<'plan'>): Promise<PlanOutcome> {
    return this.#ask('plan', args, { kind: 'refused', reasons: ['Nothing can be changed here.'] });
  }

  undoables(): Promise<readonly Undoable[]> {
    return this.#ask('undoables', [], []);
  }

  commit(...args: QuestionArgs<'commit'>): Promise<ActionResult> {
    return this.#change('commit', args, { kind: 'refused', reasons: ['Nothing can be changed here.'] });
  }

  undo(...args: QuestionArgs<'undo'>): Promise<ActionResult> {
    return this.#change('undo', args, { kind: 'refused', reasons: ['Nothing can be put back here.'] });
  }

  async keep(): Promise<void> {
    // Where it is open on no thread, there is nothing to keep.
    if (this.#place === null) return;
    await this.#place.thread.ask(this.#place.number, 'keep', []).catch(() => undefined);
  }

  close(): void {
    this.#isClosed = true;
    this.#watching = null;
    this.#place?.thread.close(this.#place.number);
    this.#place = null;
  }

  onHint(): void {
    this.#watching?.hint();
  }

  onUnwatched(): void {
    this.#watching?.onUnwatched();
  }

  onLost(): void {
    this.#place = null;
    // Nobody watches it now. Whoever reads it has it opened, and watched, anew.
    this.#watching?.hint();
  }

  /** Asks what only looks. */
  async #ask<N extends QuestionName>(name: N, args: QuestionArgs<N>, absent: Answer<N>): Promise<Answer<N>> {
    const answer = await this.#look(({ thread, number }) => thread.ask(number, name, args), null);
    return answer === ABSENT ? absent : (answer as Answer<N>);
  }

  /** Asks what may write: once. */
  async #change<N extends QuestionName>(name: N, args: QuestionArgs<N>, absent: Answer<N>): Promise<Answer<N>> {
    let place: Place;
    try {
      place = this.#enter();
    } catch (error) {
      throw new NotBegun(error);
    }
    const { thread, number } = place;
    try {
      const answer = await thread.ask(number, name, args);
      return answer === ABSENT ? absent : (answer as Answer<N>);
    } catch (error) {
      this.#noteEnd(error);
      throw error;
    }
  }

  async #look<T>(look: (place: Place) => Promise<T>, signal: AbortSignal | null): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await look(this.#enter());
      } catch (error) {
        this.#noteEnd(error);
        const isOver = this.#isClosed || signal?.aborted === true || attempt === ATTEMPTS;
        if (!(error instanceof LostThread) || isOver) throw error;
      }
    }
  }

  #noteEnd(error: unknown): void {
    if (!(error instanceof LostThread) || error.why !== 'ended') return;
    this.#ends += 1;
    this.#whyEnded = error.message;
    if (this.#ends < ATTEMPTS) return;
    this.#restsUntilMs = performance.now() + Math.min(REST_AT_MOST_MS, REST_MS * 2 ** (this.#ends - ATTEMPTS));
  }

  #enter(): Place {
    if (this.#place !== null) return this.#place;
    if (this.#isClosed) throw new Error('this source is no longer open');
    if (performance.now() < this.#restsUntilMs) throw new Error(`${this.#whyEnded}, again and again`);
    const thread = this.#pool.pick();
    this.#told = [];
    this.#place = { thread, number: thread.open(this.description.protocol, this.description.path, this) };
    if (this.#watching !== null) thread.watch(this.#place.number);
    return this.#place;
  }
}
