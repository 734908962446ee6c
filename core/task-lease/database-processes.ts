import { type ChildProcess, fork } from 'node:child_process';
import { describeError } from '../host/errors';
import type { DatabaseAnswers, DatabaseRequest, FromDatabaseProcess, ToDatabaseProcess } from './database/messages';

/** So many processes are at work at once, at most; what is asked besides waits. */
const AT_ONCE = 3;
/** So many that hang in a call of the system may be left behind besides. */
const MOST_LEFT = 4;
/** An answer takes milliseconds. After this long, in ms, its disk hangs, or the file was made to keep SQLite busy. */
const PATIENCE_MS = 5_000;
/** A write may wait for its turn besides. */
const PATIENCE_WITH_WRITES_MS = 8_000;
/** A process that nobody needs ends after this long, in ms. */
const IDLE_MS = 3_000;
/** One that reads what nobody waits for any more has so long to end in order, in ms. */
const ENDING_MS = 500;

/** No answer came. `isBegun`: whether the request had reached the process. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    readonly why: 'ended' | 'hangs' | 'not-started',
    readonly isBegun: boolean,
  ) {
    super(message);
    this.name = 'NoAnswer';
  }
}

interface Job {
  readonly request: DatabaseRequest;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: NoAnswer) => void;
}

/**
 * The few processes in which databases are opened, for all sources of a thread: SQLite's locks belong to a process, so
 * none that does anything else with a database's files may be the one; and a file that breaks SQLite, or a disk that hangs,
 * must cost nothing else. One request at a time for each process. They end when nothing was asked for a while, when
 * `end` is called, and with whoever started them, however that ends: also in the middle of a long call of SQLite (`guard.ts`).
 */
export class DatabaseProcesses {
  readonly #program: string;
  readonly #processes = new Set<DatabaseProcess>();
  /** Hanging, told to end, and not gone yet: by the database that it hangs at. */
  readonly #left = new Map<DatabaseProcess, string>();
  readonly #waiting: Job[] = [];

  /** @param program absolute path of `database-process.ts`, as it is bundled */
  constructor(program: string) {
    this.#program = program;
  }

  /** Rejects with `NoAnswer`. */
  ask<K extends DatabaseRequest['kind']>(
    request: Extract<DatabaseRequest, { readonly kind: K }>,
  ): Promise<DatabaseAnswers[K]> {
    return new Promise((resolve, reject) => {
      if ([...this.#left.values()].includes(request.path)) {
        reject(new NoAnswer('its disk has not answered for a while', 'hangs', false));
        return;
      }
      // Which answer belongs to which request, the process sees to.
      this.#waiting.push({ request, resolve: resolve as (answer: unknown) => void, reject });
      this.#next();
    });
  }

  /** Ends all that does not write: nobody waits for what was asked to be read. Writes are answered first. */
  end(): void {
    for (const job of this.#waiting.filter(isReading)) {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      job.reject(new NoAnswer('nobody waits for it any more', 'ended', false));
    }
    for (const each of this.#processes) each.endUnlessWriting();
  }

  #next(): void {
    const job = this.#waiting[0];
    if (job === undefined) return;
    let free = [...this.#processes].find((each) => each.isFree);
    if (free === undefined) {
      if ([...this.#processes].filter((each) => !each.isEnding).length >= AT_ONCE) return;
      if (this.#left.size >= MOST_LEFT) {
        this.#waiting.shift();
        job.reject(new NoAnswer('too many disks do not answer', 'hangs', false));
        return;
      }
      try {
        free = new DatabaseProcess(this.#program, (process) => {
          this.#processes.delete(process);
          this.#left.delete(process);
          this.#next();
        });
      } catch (error) {
        this.#waiting.shift();
        job.reject(notStarted(error));
        this.#next();
        return;
      }
      this.#processes.add(free);
    }
    this.#waiting.shift();
    const process = free;
    void process
      .run(job, () => {
        // It is not counted any more: another database does not wait for it.
        this.#processes.delete(process);
        this.#left.set(process, job.request.path);
        this.#next();
      })
      .finally(() => this.#next());
  }
}

function isReading({ request }: Job): boolean {
  return request.kind !== 'end' || request.isTrial;
}

function notStarted(error: unknown): NoAnswer {
  return new NoAnswer(`the process that reads it cannot be started: ${describeError(error)}`, 'not-started', false);
}

class DatabaseProcess {
  readonly #child: ChildProcess;
  #job: Job | null = null;
  #calls = 0;
  #isEnding = false;
  #idle: NodeJS.Timeout | null = null;
  #ending: NodeJS.Timeout | null = null;
  #settle: () => void = () => undefined;

  constructor(program: string, onEnd: (process: DatabaseProcess) => void) {
    this.#child = fork(program, [], {
      execPath: process.execPath,
      execArgv: [],
      // Electron's own program is Node where it is told so.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message: FromDatabaseProcess) => this.#hear(message));
    let isOver = false;
    const over = (answer: NoAnswer): void => {
      if (isOver) return;
      isOver = true;
      // It cannot be asked any more, whoever may still hold it.
      this.#isEnding = true;
      if (this.#idle !== null) clearTimeout(this.#idle);
      if (this.#ending !== null) clearTimeout(this.#ending);
      onEnd(this);
      this.#fail(answer);
    };
    this.#child.once('error', (error) => over(notStarted(error)));
    // It may be gone before that is told.
    this.#child.once('disconnect', () => {
      this.#isEnding = true;
    });
    this.#child.once('exit', (code, signal) => {
      over(new NoAnswer(`the process that reads it ended (${signal ?? `exit ${String(code)}`})`, 'ended', true));
    });
    this.#unref();
  }

  /** It was told to end: nothing can be asked of it any more. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isFree(): boolean {
    return this.#job === null && !this.#isEnding;
  }

  /** Resolves when the request was answered, or never will be. Calls `onHang` where it takes too long. */
  run(job: Job, onHang: () => void): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#job = job;
    this.#calls += 1;
    // What waits for an answer keeps the process that asks.
    this.#child.ref();
    this.#child.channel?.ref();
    const patience = setTimeout(
      () => {
        // One in a call of the system that does not return goes when that returns.
        this.#isEnding = true;
        this.#kill();
        onHang();
        this.#fail(new NoAnswer('its disk does not answer', 'hangs', true));
      },
      job.request.kind === 'end' ? PATIENCE_WITH_WRITES_MS : PATIENCE_MS,
    );
    const message: ToDatabaseProcess = { call: this.#calls, request: job.request };
    return new Promise<void>((resolve) => {
      this.#settle = resolve;
      try {
        this.#child.send(message, (error) => {
          if (error !== null) this.#kill();
        });
      } catch (error) {
        // Where this process may open no more files there is no other one, nor a way to ask it.
        this.#isEnding = true;
        const isThere = this.#child.pid !== undefined;
        this.#fail(notStarted(isThere ? error : new Error('the system gives no room for another process')));
        this.#kill();
      }
    }).finally(() => {
      clearTimeout(patience);
      this.#unref();
    });
  }

  end(): void {
    this.#isEnding = true;
    if (this.#child.connected) this.#child.disconnect();
  }

  /** One that reads may end in order, and is killed where that takes too long. */
  endUnlessWriting(): void {
    if (this.#job !== null && !isReading(this.#job)) return;
    const isBusy = this.#job !== null;
    this.end();
    if (isBusy) this.#ending ??= setTimeout(() => this.#kill(), ENDING_MS);
  }

  #hear(message: FromDatabaseProcess): void {
    const job = this.#job;
    if (job === null || message.call !== this.#calls) return;
    this.#job = null;
    if ('broken' in message)
      job.reject(new NoAnswer(`the process that reads it broke: ${message.broken}`, 'ended', true));
    else job.resolve(message.answer);
    this.#idle = setTimeout(() => this.end(), IDLE_MS);
    this.#idle.unref();
    this.#settle();
  }

  #fail(error: NoAnswer): void {
    this.#job?.reject(error);
    this.#job = null;
    this.#settle();
  }

  /**
   * One that could not be started has no number of its own, and Node would signal whatever number stands in its place:
   * 0 is this program's whole group.
   */
  #kill(): void {
    if (this.#child.pid !== undefined) this.#child.kill('SIGKILL');
  }

  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }
}
