import { join } from 'node:path';
import { eventNumber } from '../events/event-names';
import type { LedgerNames } from '../events/ledger-names';
import { readEventFile, roomForEvent } from '../events/read-event';
import { type LedgerFinding, ledgerFinding } from '../findings';
import type { DialectJudge } from '../replay/dialect-judge';
import type { LedgerFold } from '../replay/ledger-fold';
import type { Dialect } from '../replay/replay';
import type { ReadingThread } from './event-stream';
import { type Fault, faultOf } from './faults';
import { type OrderedEvents, orderEvents } from './order-events';
import { applyRange } from './read-range';
import { TempFiles } from './temp-files';
import { Turns } from './turns';

/** So many of the newest events are looked at again with each listing: a stopped writer that wakes up writes over one of these. */
const NEWEST = 1_000;
/** Under the write lock, which makes others wait, so many. */
const LAST = 32;
/** So many events that were written over are named. */
const MOST_REPLACED = 1_000;

/** Events that come one by one are read into this room in turn: nobody keeps their bytes. */
const ROOM = roomForEvent();

export interface ReadProgress {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number | null) => void) | undefined;
}

/** The events of one ledger as far as they could be read and applied, and what stands in the way of the next one. */
export class FoldedLedger {
  readonly tempFiles: TempFiles;
  readonly #folder: string;
  readonly #proofFolder: string;
  readonly #judge: DialectJudge;
  #fold: LedgerFold;
  #eventFault: Fault | null = null;
  /** What the names alone told, at the last listing. */
  #nameFault: Fault | null = null;
  #inTheWay: LedgerFinding | null = null;
  /** Behind a fault: up to here the events were looked at for their dialect. */
  #judgedUpTo = 0;
  /** A reading of what was listed goes this far. */
  #listedUpTo = 0;
  readonly #replaced = new Set<number>();

  constructor(proofFolder: string, judge: DialectJudge, fold: LedgerFold) {
    this.#folder = join(proofFolder, 'ledger');
    this.#proofFolder = proofFolder;
    this.#judge = judge;
    this.#fold = fold;
    this.tempFiles = new TempFiles(this.#folder);
  }

  get fold(): LedgerFold {
    return this.#fold;
  }

  get dialect(): Dialect {
    return this.#fold.replay.dialect;
  }

  get head(): number {
    return this.#fold.head;
  }

  /** Up to here events may have been read: some may be on their way to be applied. */
  get readUpTo(): number {
    return Math.max(this.head, this.#listedUpTo);
  }

  /** Why the ledger cannot be read to its end; what comes before is shown. */
  get fault(): Fault | null {
    // A number 0 comes before every event; any other trouble with names after those that could be read.
    return this.#nameFault?.sequence === 0 ? this.#nameFault : (this.#eventFault ?? this.#nameFault);
  }

  get findings(): readonly LedgerFinding[] {
    return [this.fault?.finding, this.#inTheWay, ...this.#fold.findings].filter(
      (finding) => finding !== undefined && finding !== null,
    );
  }

  /** Something stands where the next event will be written. */
  get inTheWay(): LedgerFinding | null {
    return this.#inTheWay;
  }

  /** Whether the names alone tell of trouble. */
  get hasBadNames(): boolean {
    return this.#nameFault !== null;
  }

  /** Whether the events tell of the dialect by whose rules they were applied. */
  get isOfItsDialect(): boolean {
    return this.#judge.dialect === this.dialect;
  }

  /**
   * Whether an event that was never applied told of a dialect, and is not there any more: a mend took it away, or it
   * was replaced. Then all must be read anew, or the ledger would stay mixed for ever.
   */
  get hasStaleEvidence(): boolean {
    return !this.#hasBadEvent() && !this.#judge.knowsOnly(this.#fold.typeFacts);
  }

  /** Numbers of events that another file was written over after they had been read, as they were noticed; the first thousand. */
  get replaced(): ReadonlySet<number> {
    return this.#replaced;
  }

  /** What was noticed of replaced events is void: somebody reads everything anew and knows. */
  forgetReplaced(): void {
    this.#replaced.clear();
  }

  /** Whether what we have applied may not be what it was. */
  pastChanged(hinted: readonly string[]): boolean {
    const changed = hinted.filter((name) => {
      const sequence = eventNumber(name);
      if (sequence === null || sequence > this.head) return false;
      return name !== this.#fold.nameOf(sequence) || !this.stands(sequence);
    });
    return changed.length > 0;
  }

  /** Whether an event that was applied stands under its name as it was read. One look at its file. */
  stands(sequence: number): boolean {
    const standing = this.#fold.prints.standing(sequence, join(this.#folder, this.#fold.nameOf(sequence)));
    if (standing === 'other' && this.#replaced.size < MOST_REPLACED) this.#replaced.add(sequence);
    return standing === 'same';
  }

  /** The same of all that were applied, one after the other. Rejects when aborted. */
  async allStand(turns: Turns): Promise<boolean> {
    let all = true;
    for (let sequence = 1; sequence <= this.head; sequence += 1) {
      all = this.stands(sequence) && all;
      await turns.next();
    }
    return all;
  }

  /** The same of the newest ones: some ms at most. */
  newestStand(): boolean {
    return this.#lastStand(NEWEST);
  }

  /** The same of the last ones, for use under the write lock. */
  endStands(): boolean {
    return this.#lastStand(LAST);
  }

  #lastStand(most: number): boolean {
    let all = true;
    for (let sequence = this.head; sequence > Math.max(0, this.head - most); sequence -= 1) {
      all = this.stands(sequence) && all;
    }
    return all;
  }

  /** The last event of these names; null where there is more to be said of them, or of the newest events. */
  lastOfOrderly(names: LedgerNames): number | null {
    if (!this.newestStand() || this.fault !== null || this.#inTheWay !== null || !this.#judge.agrees(names))
      return null;
    const { consecutive, fault } = orderEvents(names, this.#fold.naming);
    return fault === null ? consecutive : null;
  }

  /** Applies what follows, one by one. Rejects when aborted. */
  async applyNew({ signal }: ReadProgress): Promise<void> {
    // Behind a number that comes twice nothing counts, however many follow.
    if (this.#nameFault !== null && this.head > 0 && this.#nameFault.sequence === this.head) return;
    const turns = new Turns(signal);
    while (this.applyNext()) await turns.next();
  }

  /** Applies the next event, if it is there and fits. One that did not fit is tried again: it may have been half written. */
  applyNext(): boolean {
    const sequence = this.head + 1;
    const name = this.#fold.nameOf(sequence);
    const read = readEventFile(this.#folder, this.#proofFolder, name, ROOM);
    this.#inTheWay = read.kind === 'folder' ? folderInTheWay(sequence, name) : null;
    if (read.kind === 'missing' || read.kind === 'folder') {
      this.#eventFault = null;
      return false;
    }
    if (read.kind !== 'read') {
      this.#eventFault = faultOf(sequence, name, read);
      return false;
    }
    const { inode, size, modifiedMs, changedMs } = read.fingerprint;
    this.#eventFault = this.#fold.apply(read.bytes, inode, size, modifiedMs, changedMs);
    return this.#eventFault === null;
  }

  /**
   * Applies what is listed behind the head of `fold`, which is ours from now on. False when it must be done again:
   * another dialect, or events that vanished.
   */
  async applyListed(
    fold: LedgerFold,
    { consecutive, fault }: OrderedEvents,
    names: LedgerNames,
    thread: ReadingThread | null,
    progress: ReadProgress,
  ): Promise<boolean> {
    const turns = new Turns(progress.signal);
    const { naming } = fold;
    const { dialect } = fold.replay;
    this.#fold = fold;
    this.#nameFault = fault === null ? null : { ...fault, proven: true };
    this.#inTheWay = null;
    this.#judgedUpTo = 0;
    this.#listedUpTo = consecutive;
    this.tempFiles.listed(names.others);
    const onSlice = (): void => progress.onProgress?.(fold.head, consecutive);
    const goesOn = (): boolean => this.#judge.dialect === dialect;
    const range = { folder: this.#folder, proofFolder: this.#proofFolder, naming, last: consecutive };
    this.#eventFault = await applyRange(range, thread, { fold, turns, onSlice, goesOn });
    // What could not be read in one go, one by one.
    while (goesOn() && !this.#hasBadEvent() && this.head < consecutive && this.applyNext()) {
      if (await turns.next()) onSlice();
    }
    if (!goesOn()) return false;
    if (this.#hasBadEvent()) await this.#judgeRest(consecutive, turns);
    else if (this.head < consecutive) return false;
    // What came meanwhile, or stands in the way of what will come.
    else await this.applyNew(progress);
    return goesOn();
  }

  /** Behind a fault nothing is applied; the events are still looked at, because they may tell another dialect. */
  async #judgeRest(last: number, turns: Turns): Promise<void> {
    for (let sequence = Math.max(this.head + 1, this.#judgedUpTo) + 1; sequence <= last; sequence += 1) {
      const read = readEventFile(this.#folder, this.#proofFolder, this.#fold.nameOf(sequence), ROOM);
      if (read.kind === 'read') this.#judge.addEvent(read.bytes);
      this.#judgedUpTo = sequence;
      await turns.next();
    }
  }

  /**
   * Takes up what a listing tells besides new events, and applies those. False when reading all anew
   * would come to another past than the one we have.
   */
  async takeUp(names: LedgerNames, progress: ReadProgress): Promise<boolean> {
    this.tempFiles.listed(names.others);
    if (!this.#judge.agrees(names)) return false;
    const { consecutive, fault } = orderEvents(names, this.#fold.naming);
    if (consecutive < this.head || !this.newestStand()) return false;
    this.#nameFault = fault === null ? null : { ...fault, proven: true };
    const { dialect } = this;
    if (consecutive > this.head) await this.applyNew(progress);
    if (this.#hasBadEvent()) await this.#judgeRest(consecutive, new Turns(progress.signal));
    return this.#judge.dialect === dialect;
  }

  #hasBadEvent(): boolean {
    return this.#eventFault !== null;
  }
}

function folderInTheWay(sequence: number, name: string): LedgerFinding {
  const message = `A folder stands where event #${sequence.toString()} will be written: nobody can write here until it is gone.`;
  return ledgerFinding('not-a-regular-file', 'warning', message, { at: sequence, file: `ledger/${name}` });
}
