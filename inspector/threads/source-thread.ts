import type { Worker } from 'node:worker_threads';
import { errorCode } from '../../core/host/errors';
import { assertNever, type Finding } from '../../core/model';
import type { Reading, ReadOptions } from '../../core/port';
import type { FromThread, Question, QuestionName, ReadingPart, ToThread, WalkEnd, WalkThere } from './messages';
import { ReadingBuilder } from './reading-parts';

/** A thread is asked this often, in ms, whether it still answers. */
const BEAT_MS = 500;
/** A thread that left so many beats without an answer is held up. */
const BEATS_MISSED = 4;
/** After so many seconds without an answer, in words for an operator. */
export const HELD_AFTER_S = (BEAT_MS * BEATS_MISSED) / 1000;
/** A thread that only starts may take longer, on a machine that has much to do. */
const FIRST_BEATS_MISSED = 40;
/** A thread that was told to end and has not after this long, in ms, sits in a call of the system that does not return. */
const END_WAITS_MS = 2_000;

/** What was asked of a source that it has no method for. */
export const ABSENT = Symbol('absent');

/** The thread is not there any more for whoever asked: its call may be asked of another one. */
export class LostThread extends Error {
  /** `held`: it is stuck in the work of somebody else. `stuck`: in this very call, which another would not bear better. */
  readonly why: 'ended' | 'held' | 'stuck';

  constructor(why: LostThread['why'], message: string) {
    super(message);
    this.name = 'LostThread';
    this.why = why;
  }
}

/** Whose source is on a thread. */
export interface Tenant {
  onHint(): void;
  /** The system lets nobody watch there. */
  onUnwatched(): void;
  /** The source is on this thread no longer; its calls were rejected. */
  onLost(): void;
}

export interface ThreadListener {
  /**
   * Called at every beat while it does not answer. `atWorkFor` is what it is stuck with: the number of a source, or of a
   * call that is no source's; 0 for none.
   */
  readonly onHeld: (thread: SourceThread, atWorkFor: number) => void;
  readonly onEnd: (thread: SourceThread) => void;
}

interface Pending {
  /** 0 for none. */
  readonly source: number;
  /** It changes something: it is never begun a second time. */
  readonly isWrite: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onPart: ((part: ReadingPart, isLast: boolean) => void) | null;
  readonly onProgress: ReadOptions['onProgress'] | null;
  readonly walk: WalkListener | null;
}

/** What a walk tells on its way. */
export interface WalkListener {
  /** It goes on to this path. */
  readonly at: (path: string) => void;
  readonly found: (protocol: string, folder: string) => void;
}

type Call = Pick<Pending, 'isWrite' | 'onPart' | 'onProgress' | 'walk'> & { readonly signal: AbortSignal | null };

/** These only look, and may be asked again. */
const LOOKS: ReadonlySet<QuestionName> = new Set<QuestionName>(['record', 'history', 'plan', 'undoables', 'keep']);

/** One thread that touches sources, as the thread that owns the window sees it. */
export class SourceThread {
  readonly #worker: Worker;
  readonly #listener: ThreadListener;
  readonly #calls = new Map<number, Pending>();
  readonly #tenants = new Map<number, Tenant>();
  readonly #atWork = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #beat: NodeJS.Timeout;
  readonly #ended: Promise<void>;
  #last = 0;
  #missed = 0;
  #isAsked = false;
  #hasAnswered = false;
  #why = 'the thread that works on this source ended';
  #isOver = false;
  #isStuck = false;

  constructor(worker: Worker, listener: ThreadListener) {
    this.#worker = worker;
    this.#listener = listener;
    worker.on('message', (message: FromThread) => {
      this.#hear(message);
    });
    worker.on('error', (error) => {
      this.#why = whyEnded(error);
    });
    worker.on('messageerror', () => {
      this.#why = 'the thread that works on this source sent what cannot be understood';
      void worker.terminate();
    });
    this.#ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#end();
        resolve();
      });
    });
    worker.unref();
    this.#post({ kind: 'begin', atWork: this.#atWork });
    this.#beat = setInterval(() => this.#ask(), BEAT_MS);
    this.#beat.unref();
    this.#ask();
  }

  /** How much there is on it. */
  get load(): number {
    const others = [...this.#calls.values()].filter(({ source }) => source === 0).length;
    return this.#tenants.size + others;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It did not answer for 2 s. */
  get isHeld(): boolean {
    return !this.#isOver && this.#missed >= (this.#hasAnswered ? BEATS_MISSED : FIRST_BEATS_MISSED);
  }

  /** It cannot be ended: not even the end of the process would get past it. */
  get isStuck(): boolean {
    return !this.#isOver && (this.#isStuck || this.isHeld);
  }

  recognise(protocol: string, folder: string): Promise<string | null> {
    const post = (call: number): ToThread => ({ kind: 'recognise', call, protocol, folder });
    return this.#call(0, LOOK, post) as Promise<string | null>;
  }

  /** Finds sources. Rejects as `stuck` where a path does not answer: the one that `listener` heard of last. */
  discover(walk: WalkThere, signal: AbortSignal, listener: WalkListener): Promise<WalkEnd> {
    const call: Call = { ...LOOK, signal, walk: listener };
    return this.#call(0, call, (number) => ({ kind: 'discover', call: number, ...walk })) as Promise<WalkEnd>;
  }

  /** Whether there is something at a path. */
  isThere(path: string): Promise<boolean> {
    return this.#call(0, LOOK, (call) => ({ kind: 'is-there', call, path })) as Promise<boolean>;
  }

  /** Opens a source; gives the number that it has on this thread. */
  open(protocol: string, folder: string, tenant: Tenant): number {
    this.#last += 1;
    this.#tenants.set(this.#last, tenant);
    this.#post({ kind: 'open', source: this.#last, protocol, folder });
    return this.#last;
  }

  /**
   * Reads a source. A long reading comes in parts, each in a turn of its own.
   * `told` are the findings of the reading before, which do not come again when they are the same.
   */
  async read(source: number, options: ReadOptions, told: readonly Finding[]): Promise<Reading> {
    const builder = new ReadingBuilder();
    const [fresh, check] = [options.fresh === true, options.check === true];
    const post = (call: number): ToThread => ({ kind: 'read', call, source, fresh, check });
    let number = 0;
    await this.#call(
      source,
      {
        ...LOOK,
        signal: options.signal,
        onProgress: options.onProgress ?? null,
        onPart: (part, isLast) => {
          builder.add(part);
          // Not from here: a thread that is quick would have the next part heard in this same turn.
          if (!isLast) setImmediate(() => this.#post({ kind: 'more', call: number }));
        },
      },
      (call) => {
        number = call;
        return post(call);
      },
    );
    return builder.build(told);
  }

  /** Asks a source anything else. `ABSENT` when it has no such method. */
  ask(source: number, name: QuestionName, args: readonly unknown[]): Promise<unknown> {
    const { given, signal } = withoutSignal(args);
    const question: Question = { name, args: given, isSignalled: signal !== null };
    const call: Call = { ...LOOK, isWrite: !LOOKS.has(name), signal };
    return this.#call(source, call, (number) => ({ kind: 'ask', call: number, source, ...question }));
  }

  watch(source: number): void {
    this.#post({ kind: 'watch', source });
  }

  unwatch(source: number): void {
    this.#post({ kind: 'unwatch', source });
  }

  /** Lets a source go. Its calls are rejected; what it has begun to write goes on to its end over there. */
  close(source: number, error: Error = new Error('this source is no longer open')): void {
    if (!this.#tenants.delete(source)) return;
    // What only looks is given up over there too: it may be waiting for us to ask for more.
    for (const [call, pending] of this.#calls) {
      if (pending.source === source && !pending.isWrite) this.#post({ kind: 'abort', call });
    }
    this.#post({ kind: 'close', source });
    this.#reject(error, (pending) => pending.source === source);
  }

  /** Lets all go that do not wait for something that may have been written, but for `atWorkFor`, see `onHeld`. */
  letOthersGo(atWorkFor: number): void {
    const error = new LostThread('held', 'the thread that works on this source is held up by another one');
    for (const [number, tenant] of [...this.#tenants]) {
      const writes = [...this.#calls.values()].some((pending) => pending.source === number && pending.isWrite);
      if (number === atWorkFor || writes) continue;
      this.close(number, error);
      tenant.onLost();
    }
    for (const [number, pending] of [...this.#calls]) {
      if (pending.source === 0 && number !== atWorkFor) pending.reject(error);
    }
  }

  /** Ends it, whatever it does. Resolves in bounded time: false when a call of the system keeps it. */
  async end(): Promise<boolean> {
    void this.#worker.terminate();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_WAITS_MS);
    });
    await Promise.race([this.#ended, patience]);
    clearTimeout(timer);
    this.#isStuck = !this.#isOver;
    return this.#isOver;
  }

  #call(source: number, call: Call, messageOf: (call: number) => ToThread): Promise<unknown> {
    const { signal } = call;
    this.#last += 1;
    const number = this.#last;
    const abort = (): void => this.#post({ kind: 'abort', call: number });
    return new Promise((resolve, reject) => {
      if (this.#isOver) throw new LostThread('ended', this.#why);
      this.#calls.set(number, { ...call, source, resolve, reject });
      // What waits for an answer keeps the process.
      if (this.#calls.size === 1) this.#worker.ref();
      this.#post(messageOf(number));
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) abort();
    }).finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#calls.delete(number);
      if (this.#calls.size === 0) this.#worker.unref();
    });
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'answer':
        this.#calls.get(message.call)?.resolve(message.value);
        return;
      case 'absent':
        this.#calls.get(message.call)?.resolve(ABSENT);
        return;
      case 'broken':
        this.#calls.get(message.call)?.reject(new Error(message.message));
        return;
      case 'part': {
        const pending = this.#calls.get(message.call);
        pending?.onPart?.(message.part, message.isLast);
        if (message.isLast) pending?.resolve(null);
        return;
      }
      case 'progress':
        this.#calls.get(message.call)?.onProgress?.(message.done, message.total);
        return;
      case 'at':
        this.#calls.get(message.call)?.walk?.at(message.path);
        return;
      case 'found':
        this.#calls.get(message.call)?.walk?.found(message.protocol, message.folder);
        return;
      case 'hint':
        this.#tenants.get(message.source)?.onHint();
        return;
      case 'unwatched':
        this.#tenants.get(message.source)?.onUnwatched();
        return;
      case 'pong':
        this.#isAsked = false;
        this.#hasAnswered = true;
        this.#missed = 0;
        return;
      default:
        assertNever(message);
    }
  }

  /** A beat. Beats are counted, not ms: while our own thread was busy there were none, and so none was missed. */
  #ask(): void {
    if (this.#isAsked) this.#missed += 1;
    else this.#post({ kind: 'ping' });
    this.#isAsked = true;
    if (!this.isHeld) return;
    const atWorkFor = Atomics.load(this.#atWork, 0);
    this.#listener.onHeld(this, atWorkFor);
    // Where it hangs in what a source does by itself, nobody waits for an answer: a reading would, and would say so.
    this.#tenants.get(atWorkFor)?.onHint();
    this.#giveUp(atWorkFor);
  }

  /** Gives up a call that is no source's and that it is stuck with, if there is such a call. */
  #giveUp(call: number): void {
    const pending = this.#calls.get(call);
    if (pending?.source !== 0) return;
    this.#post({ kind: 'abort', call });
    pending.reject(new LostThread('stuck', `it did not answer for ${HELD_AFTER_S.toString()} s`));
  }

  #post(message: ToThread): void {
    if (!this.#isOver) this.#worker.postMessage(message);
  }

  #reject(error: Error, isMeant: (pending: Pending) => boolean): void {
    for (const pending of [...this.#calls.values()]) if (isMeant(pending)) pending.reject(error);
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#beat);
    this.#listener.onEnd(this);
    this.#reject(new LostThread('ended', this.#why), () => true);
    const tenants = [...this.#tenants.values()];
    this.#tenants.clear();
    for (const tenant of tenants) tenant.onLost();
  }
}

const LOOK: Call = { isWrite: false, signal: null, onPart: null, onProgress: null, walk: null };

/** Parts an abort signal from the options that are a call's last argument: it cannot cross. */
function withoutSignal(args: readonly unknown[]): {
  readonly given: readonly unknown[];
  readonly signal: AbortSignal | null;
} {
  const last = args.at(-1);
  if (typeof last !== 'object' || last === null || !('signal' in last)) return { given: args, signal: null };
  const { signal, ...rest } = last;
  if (!(signal instanceof AbortSignal)) return { given: args, signal: null };
  return { given: [...args.slice(0, -1), rest], signal };
}

function whyEnded(error: unknown): string {
  if (errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') return 'the thread that works on this source ran out of memory';
  return `the thread that works on this source broke: ${error instanceof Error ? error.message : String(error)}`;
}
