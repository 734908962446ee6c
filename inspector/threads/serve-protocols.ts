import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { describeError } from '../../core/host/errors';
import type { Host } from '../../core/host/host';
import { assertNever, type Finding } from '../../core/model';
import type { ProtocolPort, Source } from '../../core/port';
import { discover } from '../discovery/discover';
import { OWN_THREADS_FILES } from '../discovery/walk-files';
import { AtWork } from './at-work';
import type { FromThread, Question, ReadingPart, ToThread, WalkEnd, WalkThere } from './messages';
import { readingParts } from './reading-parts';

/** A long reading tells how far it is at most this often, in ms. */
const PROGRESS_EVERY_MS = 50;

export interface ServeOptions {
  /** Where the other thread's messages come from. */
  readonly port: MessagePort;
  readonly protocols: readonly ProtocolPort[];
  readonly host: Host;
}

/**
 * Hosts real sources on this thread, for `remoteProtocols` on another. Serves until the thread is ended.
 */
export function serveProtocols(options: ServeOptions): void {
  const server = new Server(options);
  options.port.on('message', (message: ToThread) => {
    server.hear(message);
  });
}

/** A source, or why it could not be opened. */
type Opened = { readonly source: Source; readonly broken: null } | { readonly source: null; readonly broken: string };

interface Hosted {
  readonly opened: Opened;
  readonly running: Set<Promise<void>>;
  /** The findings as the other thread has them; null before the first reading. */
  told: readonly Finding[] | null;
  isHinted: boolean;
  /** A reading was not heard to its end, though the source has told it: the next one must tell everything. */
  isUnheard: boolean;
  unwatch: (() => void) | null;
}

class Server {
  readonly #options: ServeOptions;
  readonly #sources = new Map<number, Hosted>();
  readonly #aborters = new Map<number, AbortController>();
  /** Goes on with a reading that is sent in parts. */
  readonly #more = new Map<number, () => void>();
  #atWork: AtWork | null = null;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  hear(message: ToThread): void {
    switch (message.kind) {
      case 'begin':
        this.#atWork = new AtWork(message.atWork);
        return;
      case 'recognise':
        void this.#answerLook(message.call, () => this.#port(message.protocol).recognise(message.folder));
        return;
      case 'discover':
        void this.#answerLook(message.call, () => this.#discover(message.call, message));
        return;
      case 'is-there':
        void this.#answerLook(message.call, () => Promise.resolve(isThere(message.path)));
        return;
      case 'open':
        this.#open(message.source, message.protocol, message.folder);
        return;
      case 'read':
        this.#forSource(message.source, message.call, (hosted, source) => this.#read(message, hosted, source));
        return;
      case 'ask':
        this.#forSource(message.source, message.call, (_hosted, source) => this.#ask(message, source));
        return;
      case 'abort':
        this.#aborters.get(message.call)?.abort();
        return;
      case 'more':
        this.#more.get(message.call)?.();
        return;
      case 'watch':
        this.#watch(message.source);
        return;
      case 'unwatch':
        this.#unwatch(message.source);
        return;
      case 'close':
        void this.#close(message.source);
        return;
      case 'ping':
        this.#send({ kind: 'pong' });
        return;
      default:
        assertNever(message);
    }
  }

  #send(message: FromThread): void {
    this.#options.port.postMessage(message);
  }

  #run<T>(source: number, task: () => T): T {
    return this.#atWork === null ? task() : this.#atWork.run(source, task);
  }

  /** Answers what is no source's, and notes in whose name this thread works meanwhile: its call's. */
  async #answerLook(call: number, task: () => Promise<unknown>): Promise<void> {
    await this.#run(call, () => this.#answer(call, task));
    this.#aborters.delete(call);
  }

  async #discover(call: number, { folder, passOver, limits }: WalkThere): Promise<WalkEnd> {
    const { cutShort, closed } = await discover(folder, this.#options.protocols, this.#signal(call), {
      limits,
      passOver,
      files: OWN_THREADS_FILES,
      onAt: (path) => {
        this.#send({ kind: 'at', call, path });
      },
      onFound: ({ port, folder: found }) => {
        this.#send({ kind: 'found', call, protocol: port.protocol, folder: found });
      },
    });
    return { cutShort, closed };
  }

  #port(protocol: string): ProtocolPort {
    const port = this.#options.protocols.find((each) => each.protocol === protocol);
    if (port === undefined) throw new Error(`the protocol ${protocol} is not known here`);
    return port;
  }

  #open(number: number, protocol: string, folder: string): void {
    let opened: Opened;
    try {
      const port = this.#port(protocol);
      opened = { source: this.#run(number, () => port.open(folder, this.#options.host)), broken: null };
    } catch (error) {
      opened = { source: null, broken: describeError(error) };
    }
    this.#sources.set(number, {
      opened,
      running: new Set(),
      told: null,
      isHinted: false,
      isUnheard: false,
      unwatch: null,
    });
  }

  #forSource(number: number, call: number, task: (hosted: Hosted, source: Source) => Promise<void>): void {
    const hosted = this.#sources.get(number);
    const source = hosted?.opened.source ?? null;
    if (hosted === undefined || source === null) {
      this.#send({ kind: 'broken', call, message: hosted?.opened.broken ?? 'the source is not open' });
      return;
    }
    const running = this.#run(number, () => task(hosted, source)).finally(() => {
      this.#aborters.delete(call);
      hosted.running.delete(running);
    });
    hosted.running.add(running);
  }

  async #answer(call: number, task: () => Promise<unknown>): Promise<void> {
    try {
      this.#send({ kind: 'answer', call, value: await task() });
    } catch (error) {
      this.#send({ kind: 'broken', call, message: describeError(error) });
    }
  }

  async #ask({ call, name, args, isSignalled }: Question & { call: number }, source: Source): Promise<void> {
    if (source[name] === undefined) {
      this.#send({ kind: 'absent', call });
      return;
    }
    const given = isSignalled
      ? [...args.slice(0, -1), { ...(args.at(-1) as object), signal: this.#signal(call) }]
      : args;
    // Which arguments belong to which name, the other thread's compiler has seen to.
    const methods = source as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    await this.#answer(call, async () => methods[name]?.(...given));
  }

  async #read(
    { call, fresh, check }: { call: number; fresh: boolean; check: boolean },
    hosted: Hosted,
    source: Source,
  ): Promise<void> {
    const signal = this.#signal(call);
    // What a watch has to tell of the time before may be behind this message, in the same turn.
    await nextTurn();
    // What comes from here on may not be in this reading.
    hosted.isHinted = false;
    let toldAtMs = Number.NEGATIVE_INFINITY;
    try {
      const reading = await source.read({
        signal,
        fresh: fresh || hosted.isUnheard,
        check,
        onProgress: (done, total) => {
          const nowMs = performance.now();
          if (nowMs - toldAtMs < PROGRESS_EVERY_MS) return;
          toldAtMs = nowMs;
          this.#send({ kind: 'progress', call, done, total });
        },
      });
      hosted.isUnheard = true;
      await this.#sendParts(call, readingParts(reading, hosted.told), signal);
      hosted.isUnheard = false;
      hosted.told = reading.findings;
    } catch (error) {
      this.#send({ kind: 'broken', call, message: describeError(error) });
    }
  }

  /** One part after another: the next one goes out when the other thread has dealt with the one before. */
  async #sendParts(call: number, parts: Generator<ReadingPart>, signal: AbortSignal): Promise<void> {
    const goOn = (): void => this.#more.get(call)?.();
    signal.addEventListener('abort', goOn, { once: true });
    let current = parts.next();
    while (current.done !== true) {
      const next = parts.next();
      const isLast = next.done === true;
      this.#send({ kind: 'part', call, part: current.value, isLast });
      if (isLast) return;
      await new Promise<void>((resolve) => {
        this.#more.set(call, resolve);
        if (signal.aborted) resolve();
      });
      this.#more.delete(call);
      signal.throwIfAborted();
      current = next;
    }
  }

  #signal(call: number): AbortSignal {
    const aborter = new AbortController();
    this.#aborters.set(call, aborter);
    return aborter.signal;
  }

  #watch(number: number): void {
    const hosted = this.#sources.get(number);
    const source = hosted?.opened.source ?? null;
    if (hosted === undefined || source === null) {
      this.#send({ kind: 'unwatched', source: number });
      return;
    }
    this.#unwatch(number);
    try {
      hosted.unwatch = this.#run(number, () => source.watch(() => this.#hint(number, hosted)));
    } catch {
      this.#send({ kind: 'unwatched', source: number });
    }
  }

  /** Hints of one turn say no more than one of them; a reading that begins meanwhile ends the turn. */
  #hint(source: number, hosted: Hosted): void {
    if (hosted.isHinted) return;
    hosted.isHinted = true;
    setImmediate(() => {
      hosted.isHinted = false;
    });
    this.#send({ kind: 'hint', source });
  }

  #unwatch(number: number): void {
    const hosted = this.#sources.get(number);
    hosted?.unwatch?.();
    if (hosted !== undefined) hosted.unwatch = null;
  }

  async #close(number: number): Promise<void> {
    const hosted = this.#sources.get(number);
    if (hosted === undefined) return;
    this.#unwatch(number);
    this.#sources.delete(number);
    await Promise.all(hosted.running);
    hosted.opened.source?.close();
  }
}

/** A folder that this user may not look into is there. */
function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}
