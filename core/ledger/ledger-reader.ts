import { lstatSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeError } from '../host/errors';
import { DialectJudge } from './dialect-judge';
import { eventName, eventNumber, isTempName, type ListedName, orderEvents } from './event-names';
import { EventPrints } from './event-prints';
import { type Fault, faultOf } from './faults';
import type { LedgerFinding } from './findings';
import { createLivingReplay } from './living-replay';
import { isOwnTempName } from './lock-content';
import { readEventFile } from './read-event';
import type { Dialect, LedgerTransition, Replay } from './replay';
import { createSeedReplay } from './seed-replay';

/** How long one stretch of reading may keep the thread, in ms, before others get their turn. */
const SLICE_MS = 8;
/** A dialect is found out while reading, and events may vanish under it: so often reading starts again. */
const MOST_ATTEMPTS = 4;

export interface ReadProgress {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
}

export interface LedgerDelta {
  /** The past was read anew: everything known before is void. */
  readonly reset: boolean;
  readonly transitions: readonly LedgerTransition[];
}

export interface TempFile {
  readonly name: string;
  readonly modifiedMs: number;
}

/**
 * Reads one ledger folder and keeps its fold: the first look reads all, later looks read what is new.
 *
 * Nothing that it finds makes it throw or hang; trouble is a fault, a finding, or `outOfReach`. It writes nothing.
 * Not for concurrent use. `catchUp` alone is synchronous, for use under the write lock.
 */
export class LedgerReader {
  readonly folder: string;
  /** Set while the folder cannot be listed. What was last read stays. */
  outOfReach: string | null = null;
  tempFiles: readonly TempFile[] = [];

  #replay: Replay = createSeedReplay();
  #judge: DialectJudge;
  #eventFault: Fault | null = null;
  /** What the names alone told, at the last listing. */
  #nameFault: Fault | null = null;
  #found: LedgerFinding[] = [];
  #prints = new EventPrints();
  #naming: Dialect = 'seed';
  #identity: string | null = null;
  #changedNs: bigint | null = null;
  #hinted = new Set<string>();
  #unseen: LedgerTransition[] = [];

  constructor(readonly proofFolder: string) {
    this.folder = join(proofFolder, 'ledger');
    this.#judge = new DialectJudge(proofFolder);
  }

  get replay(): Replay {
    return this.#replay;
  }

  get dialect(): Dialect {
    return this.#replay.dialect;
  }

  /** Why nothing may be written here, in a sentence: there is evidence for both dialects. Null when there is not. */
  get mixed(): string | null {
    return this.#judge.mixed;
  }

  /** The number of the last event that counts; 0 when there is none. */
  get head(): number {
    return this.#prints.last;
  }

  /** Why the ledger cannot be read to its end; what comes before is shown. */
  get fault(): Fault | null {
    // A number 0 comes before every event; any other trouble with names after those that could be read.
    return this.#nameFault?.sequence === 0 ? this.#nameFault : (this.#eventFault ?? this.#nameFault);
  }

  get findings(): readonly LedgerFinding[] {
    const { fault } = this;
    return fault === null ? this.#found : [fault.finding, ...this.#found];
  }

  /** The file name of event `sequence`, as the events here are spelled. */
  nameOf(sequence: number): string {
    return eventName(sequence, this.#naming);
  }

  /** A file of the ledger folder may have changed. */
  hint(name: string): void {
    this.#hinted.add(basename(name));
  }

  /** Events whose files are newer than `ms` (unix ms), counted back from the head, at most 1,000. */
  eventsSince(ms: number): number {
    return this.#prints.newerThan(ms, 1_000);
  }

  /** Looks at the ledger: everything the first time or when `fresh`, else what is new. Rejects only when aborted. */
  async read(progress: ReadProgress & { readonly fresh?: boolean | undefined }): Promise<LedgerDelta> {
    const folder = this.#statFolder();
    if (folder === null) return this.#takeDelta(false);
    const known = folder.identity === this.#identity && progress.fresh !== true;
    const changedUnhinted = this.#hinted.size === 0 && folder.changedNs !== this.#changedNs;
    const hinted = [...this.#hinted];
    this.#hinted.clear();
    this.#identity = folder.identity;
    this.#changedNs = folder.changedNs;
    if (!known || this.#pastChanged(hinted)) return this.#readAll(progress);
    this.#noteTempFiles(hinted);
    const { dialect } = this;
    await this.#applyNew(progress);
    if (this.#judge.dialect !== dialect) return this.#readAll(progress);
    // Told that something changed, but not what; or told of numbers that do not follow: one listing decides.
    const unclear = changedUnhinted || hinted.some((name) => (eventNumber(name) ?? 0) > this.head);
    if (unclear && !(await this.#listingFits())) return this.#readAll(progress);
    return this.#takeDelta(false);
  }

  /**
   * Applies what was appended since the last look. Synchronous; cost follows what is new.
   * False when this is not the ledger that we know any more, or it cannot be read to its end.
   */
  catchUp(): boolean {
    const folder = this.#statFolder();
    if (folder === null || folder.identity !== this.#identity || this.#stopped()) return false;
    if (this.head > 0 && !this.#prints.isSame(this.head, join(this.folder, this.nameOf(this.head)))) return false;
    const { dialect } = this;
    while (this.#applyNext()) {
      // One more was there.
    }
    return !this.#stopped() && this.#judge.dialect === dialect;
  }

  /** Whether something keeps us from reading on. */
  #stopped(): boolean {
    return this.fault !== null;
  }

  #statFolder(): { readonly identity: string; readonly changedNs: bigint } | null {
    try {
      const stat = statSync(this.folder, { bigint: true });
      if (!stat.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
      this.outOfReach = null;
      return { identity: `${stat.dev.toString()}:${stat.ino.toString()}`, changedNs: stat.mtimeNs };
    } catch (error) {
      this.#lose(error);
      return null;
    }
  }

  #lose(error: unknown): void {
    this.outOfReach = describeError(error);
    // Whatever comes back may be another ledger.
    this.#identity = null;
  }

  /** Whether what we have applied, or what stopped us, may not be what it was. */
  #pastChanged(hinted: readonly string[]): boolean {
    return hinted.some((name) => {
      const sequence = eventNumber(name);
      if (sequence === null) return false;
      if (this.#nameFault !== null) return true;
      if (sequence > this.head) return false;
      return name !== this.nameOf(sequence) || !this.#prints.isSame(sequence, join(this.folder, name));
    });
  }

  async #applyNew(progress: ReadProgress): Promise<void> {
    const turns = new Turns(progress.signal);
    while (this.#applyNext()) await turns.next();
  }

  /** Applies the next event, if it is there and fits. One that did not fit is tried again: it may have been half written. */
  #applyNext(): boolean {
    const sequence = this.head + 1;
    const name = this.nameOf(sequence);
    const read = readEventFile(this.folder, this.proofFolder, name);
    if (read.kind === 'missing') {
      if (this.#eventFault?.sequence === sequence) this.#eventFault = null;
      return false;
    }
    if (read.kind !== 'read') {
      this.#eventFault = faultOf(sequence, name, read);
      return false;
    }
    this.#judge.addEvent(read.bytes);
    const applied = this.#replay.apply(sequence, read.bytes);
    if (applied.kind === 'refused') {
      this.#eventFault = { sequence, finding: { ...applied.finding, file: `ledger/${name}` }, proven: true };
      return false;
    }
    this.#eventFault = null;
    this.#prints.add(sequence, read.fingerprint);
    this.#unseen.push(...applied.transitions);
    this.#found.push(...applied.findings);
    return true;
  }

  async #readAll(progress: ReadProgress): Promise<LedgerDelta> {
    this.#judge.forget();
    for (let attempt = 1; ; attempt += 1) {
      const names = await this.#list();
      if (names === null) return this.#takeDelta(false);
      const settled = await this.#replayAll(names, progress);
      if (settled || attempt === MOST_ATTEMPTS) return this.#takeDelta(true);
    }
  }

  /** Reads every listed event in order. False when it must be done again: another dialect, or events that vanished. */
  async #replayAll(names: readonly ListedName[], progress: ReadProgress): Promise<boolean> {
    this.#judge.start(names);
    const { dialect, naming } = this.#judge;
    const { consecutive, fault } = orderEvents(names, naming);
    this.#replay = dialect === 'living' ? createLivingReplay() : createSeedReplay();
    this.#naming = naming;
    this.#prints = new EventPrints();
    this.#nameFault = fault === null ? null : { ...fault, proven: true };
    this.#found = [];
    this.#unseen = [];
    this.#eventFault = null;
    this.#noteTempFiles(
      names.map((entry) => entry.name),
      true,
    );
    const turns = new Turns(progress.signal);
    while (this.head < consecutive && this.#applyNext()) {
      if (this.#judge.dialect !== dialect) return false;
      if (await turns.next()) progress.onProgress?.(this.head, consecutive);
    }
    if (this.#stopped() && this.head < consecutive) await this.#judgeRest(consecutive, turns);
    else if (this.head < consecutive) return false;
    return this.#judge.dialect === dialect;
  }

  /** Behind a fault nothing is applied; the events are still looked at, because they may tell another dialect. */
  async #judgeRest(last: number, turns: Turns): Promise<void> {
    for (let sequence = this.head + 2; sequence <= last; sequence += 1) {
      const read = readEventFile(this.folder, this.proofFolder, this.nameOf(sequence));
      if (read.kind === 'read') this.#judge.addEvent(read.bytes);
      await turns.next();
    }
  }

  /** Whether the folder holds just the events that we know of, and maybe newer ones. Applies nothing. */
  async #listingFits(): Promise<boolean> {
    const names = await this.#list();
    if (names === null) return true;
    this.#noteTempFiles(
      names.map((entry) => entry.name),
      true,
    );
    const { consecutive, fault } = orderEvents(names, this.#naming);
    return consecutive >= this.head && fault?.finding.message === this.#nameFault?.finding.message;
  }

  async #list(): Promise<readonly ListedName[] | null> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
    } catch (error) {
      this.#lose(error);
      return null;
    }
  }

  #noteTempFiles(names: readonly string[], all = false): void {
    const temp = new Map(all ? [] : this.tempFiles.map((file) => [file.name, file] as const));
    for (const name of names) {
      if (!isTempName(name) && !isOwnTempName(name)) continue;
      const modifiedMs = modifiedMsOf(join(this.folder, name));
      if (modifiedMs === null) temp.delete(name);
      else temp.set(name, { name, modifiedMs });
    }
    this.tempFiles = [...temp.values()];
  }

  #takeDelta(reset: boolean): LedgerDelta {
    const transitions = this.#unseen;
    this.#unseen = [];
    return { reset, transitions };
  }
}

function modifiedMsOf(path: string): number | null {
  try {
    return lstatSync(path).mtimeMs;
  } catch {
    return null;
  }
}

/** Cuts long work into slices, so that others get their turn and an abort is heard. */
class Turns {
  readonly #signal: AbortSignal;
  #sliceEndsMs = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** True when a slice has ended. Rejects when aborted. */
  async next(): Promise<boolean> {
    if (performance.now() < this.#sliceEndsMs) return false;
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#sliceEndsMs = performance.now() + SLICE_MS;
    return true;
  }
}
