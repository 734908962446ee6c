import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { eventNumber } from '../events/event-names';
import type { LedgerNames } from '../events/ledger-names';
import type { LedgerFinding } from '../findings';
import { allStand } from '../kept/check-kept';
import { differencesBetween, pictureOf } from '../kept/compare-pictures';
import type { KeepableReading, LedgerKeeper } from '../kept/ledger-keeper';
import { recallFold } from '../kept/recall-fold';
import { DialectJudge } from '../replay/dialect-judge';
import { LedgerFold } from '../replay/ledger-fold';
import type { Dialect, LedgerTransition, Replay } from '../replay/replay';
import type { TransitionLog } from '../replay/transition-log';
import { type ReadingThread, startReadingThread } from './event-stream';
import type { Fault } from './faults';
import { FoldedLedger, type ReadProgress } from './folded-ledger';
import { Hints, type Told } from './hints';
import { type FolderLook, isSameFolder, lookAtFolder } from './ledger-folder';
import { orderEvents } from './order-events';
import { SideListing } from './side-listing';
import type { TempFile } from './temp-files';
import { Turns, wholeTurn } from './turns';

/** A dialect is found out while reading, and events may vanish under it: so often reading starts again. */
const MOST_ATTEMPTS = 4;
export interface LedgerDelta {
  /** The past was read anew: everything known before is void. */
  readonly reset: boolean;
  /** Those since the reading before; none after a reset, when all that there are stand in the log. */
  readonly transitions: readonly LedgerTransition[];
  /**
   * What was found otherwise than it had been read, in sentences, where all was read anew on somebody's word or because
   * events changed. Absent where nothing was compared.
   */
  readonly differences?: readonly string[];
}

export interface LookOptions extends ReadProgress {
  /** Read everything again, believing nothing that was kept. */
  readonly fresh?: boolean | undefined;
  /**
   * Also look whether the newest thousand events, or all, still stand as they were read, though nothing tells of a
   * change; if one does not, everything is read again.
   */
  readonly check?: 'newest' | 'all' | undefined;
}

export interface LedgerReaderOptions {
  /** Absolute path of the program of a thread that reads beside this one (`reading-thread`, bundled). Absent: none is started. */
  readonly readingThread?: string | undefined;
  /** Keeps what was read for the next start, and gives it back. */
  readonly keeper?: LedgerKeeper | undefined;
  /**
   * Whether a watch tells of every change of a name, and within seconds of those that it lost. Then a changed folder of
   * which nothing was told (not yet, or an earlier reading has dealt with it) is no reason to list it.
   */
  readonly isWatched?: () => boolean;
  /** Called when something was noticed on the side: `read` would tell something new. */
  readonly onDoubt?: () => void;
  /** A listing that takes less than so many ms is done at once. */
  readonly cheapListingMs?: number | undefined;
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

  readonly #options: LedgerReaderOptions;
  readonly #judge: DialectJudge;
  readonly #listing: SideListing;
  readonly #ledger: FoldedLedger;
  #known: FolderLook | null = null;
  readonly #hints = new Hints();
  #mayHaveMissed = false;
  /** What was listed on the side does not fit: the next look lists. */
  #mustList = false;
  /** An event is not the one that was read: the next look reads everything. */
  #mustReadAll = false;
  /** What there is to be compared with what is read anew. */
  #hasRead = false;
  /** So many transitions of the log were told. */
  #told = 0;
  /** Nothing was read yet: what was kept may be all that there is to know. */
  #mayRecall = true;

  constructor(
    readonly proofFolder: string,
    options: LedgerReaderOptions = {},
  ) {
    this.folder = join(proofFolder, 'ledger');
    this.#options = options;
    this.#judge = new DialectJudge(proofFolder);
    this.#listing = new SideListing(this.folder, options.cheapListingMs);
    this.#ledger = new FoldedLedger(proofFolder, this.#judge, new LedgerFold('seed', 'seed', this.#judge));
  }

  get replay(): Replay {
    return this.#ledger.fold.replay;
  }

  get dialect(): Dialect {
    return this.#ledger.dialect;
  }

  /** Every transition that was read. Another log after a reset; not to be added to. */
  get log(): TransitionLog {
    return this.#ledger.fold.log;
  }

  /** Why nothing may be written here, in a sentence: there is evidence for both dialects. Null when there is not. */
  get mixed(): string | null {
    return this.#judge.mixed;
  }

  /** The number of the last event that counts; 0 when there is none. */
  get head(): number {
    return this.#ledger.head;
  }

  /** Numbers of events that another file was written over after they had been read; the first thousand. */
  get replaced(): ReadonlySet<number> {
    return this.#ledger.replaced;
  }

  get tempFiles(): readonly TempFile[] {
    return this.#ledger.tempFiles.all;
  }

  /** So many temp files there are beside those, as they were last listed. */
  get moreTempFiles(): number {
    return this.#ledger.tempFiles.more;
  }

  /** Why the ledger cannot be read to its end; what comes before is shown. */
  get fault(): Fault | null {
    return this.#ledger.fault;
  }

  get findings(): readonly LedgerFinding[] {
    return this.#ledger.findings;
  }

  /** So many findings there are beside those: of events, the first thousand are told. */
  get moreFindings(): number {
    return this.#ledger.fold.moreFindings;
  }

  /** Whether an event of these bytes is of the dialect of this ledger, or of both. */
  suits(bytes: Uint8Array): boolean {
    return this.#judge.suits(bytes);
  }

  /** Why the next event cannot be written although all can be read, in a sentence; else null. */
  get blocked(): string | null {
    return this.#ledger.inTheWay?.message ?? null;
  }

  /** The file name of event `sequence`, as the events here are spelled. */
  nameOf(sequence: number): string {
    return this.#ledger.fold.nameOf(sequence);
  }

  /** A file of the ledger folder may have changed. */
  hint(name: string): void {
    this.#hints.add(name, this.#ledger.readUpTo, (sequence) => this.nameOf(sequence));
  }

  /** Something changed, and it is not known what: hints may have been lost. */
  hintUnknown(): void {
    this.#mayHaveMissed = true;
  }

  /** Whether a listing that makes good for lost hints was put off: look again in some seconds. */
  get owesListing(): boolean {
    return this.#mayHaveMissed;
  }

  /** Events whose files are newer than `ms` (unix ms), counted back from the head, at most 1,000. */
  eventsSince(ms: number): number {
    return this.#ledger.fold.prints.newerThan(ms, 1_000);
  }

  /** What may be kept of it as it stands: what its events came to up to the head. Null where it is not known. */
  get keepable(): KeepableReading | null {
    if (this.#known === null || this.outOfReach !== null) return null;
    return { folder: this.#known, fold: this.#ledger.fold };
  }

  /** Gives up what goes on beside `read`. */
  close(): void {
    this.#listing.stop();
  }

  /** Looks at the ledger: everything the first time or when `fresh`, else what is new. Rejects only when aborted. */
  async read(options: LookOptions): Promise<LedgerDelta> {
    try {
      const delta = await this.#readNow(options);
      if (this.outOfReach === null) this.#hasRead = true;
      return delta;
    } catch (error) {
      // Aborted half way: what was read is not known to be whole.
      this.#known = null;
      this.#hasRead = false;
      throw error;
    }
  }

  async #readNow(progress: LookOptions): Promise<LedgerDelta> {
    const folder = this.#statFolder();
    if (folder === null) return this.#takeDelta(false);
    const known = this.#isKnown(folder) && progress.fresh !== true;
    const changed = folder.changedNs === null || folder.changedNs !== this.#known?.changedNs;
    // What shows in the folder, a watch has been told already; it is heard in the next turn.
    if (known && changed && this.#hints.isEmpty && this.#isWatched) await wholeTurn();
    const told = this.#hints.take();
    this.#known = folder;
    if (!known && progress.fresh !== true && (await this.#recalled(folder, progress))) return this.#takeDelta(true);
    if (!known) {
      this.#ledger.forgetReplaced();
      // Another folder is another ledger: nothing to compare with.
      return this.#readAll(progress, progress.fresh === true);
    }
    if (!(await this.#stands(told, progress))) return this.#readAll(progress, true);
    this.#ledger.tempFiles.noticed(told.names);
    await this.#ledger.applyNew(progress);
    if (!this.#ledger.isOfItsDialect || this.#ledger.hasStaleEvidence) return this.#readAll(progress, false);
    if (this.#needsListing(told, changed) && !(await this.#listingFits(progress))) return this.#readAll(progress, true);
    if (this.#mayHaveMissed && this.#listing.isDue) this.#listAside();
    return this.#takeDelta(false);
  }

  /** Whether what was read still stands, as far as somebody told of a change, or it is to be looked at. */
  async #stands({ names, anyMayHaveChanged }: Told, progress: LookOptions): Promise<boolean> {
    if (this.#mustReadAll || this.#ledger.pastChanged(names)) return false;
    if (anyMayHaveChanged || progress.check === 'all')
      return allStand(this.folder, this.#ledger, this.#options.readingThread, progress.signal);
    return progress.check !== 'newest' || this.#ledger.newestStand();
  }

  /**
   * Whether some events stand as they were read. If not, the next `read` reads everything again. Synchronous, a look at
   * each file, for use under the write lock.
   */
  stand(sequences: readonly number[]): boolean {
    return this.#noteStanding(sequences.every((sequence) => this.#ledger.stands(sequence)));
  }

  #noteStanding(isSame: boolean): boolean {
    if (!isSame) this.distrust();
    return isSame;
  }

  /** What was read is not what the ledger says: the next `read` reads everything again. */
  distrust(): void {
    this.#mustReadAll = true;
    this.#options.onDoubt?.();
  }

  /** Whether the names must be looked at now: told that something changed but not what, or told of names that do not follow. */
  #needsListing({ names, highest, isNothing, mayHaveMissed }: Told, changed: boolean): boolean {
    if (mayHaveMissed) this.#mayHaveMissed = true;
    // Nobody watches, or nobody noticed. A watch that only makes sure is heard below.
    if (isNothing && changed && !this.#mayHaveMissed && !this.#isWatched) return true;
    const isUnclear = (sequence: number): boolean => sequence > this.head || this.#ledger.hasBadNames;
    const numbers = names.map(eventNumber).filter((sequence) => sequence !== null);
    const unclear = (highest > 0 && isUnclear(highest)) || numbers.some(isUnclear);
    return unclear || this.#mustList || (this.#mayHaveMissed && this.#listing.isCheap);
  }

  /**
   * Lists while new events go on being read, and compares: in an orderly ledger everything listed was applied, or is
   * new. Whatever else it finds is looked at by the next `read`.
   */
  #listAside(): void {
    this.#mayHaveMissed = false;
    const { fold, tempFiles } = this.#ledger;
    const { head } = fold;
    this.#listing.start((names) => {
      // Everything was listed since.
      if (this.#ledger.fold !== fold || this.#known === null) return;
      const before = tempFiles.all;
      if (names !== null) tempFiles.noticed([...before, ...names.others].map((file) => file.name));
      const last = names === null ? null : this.#ledger.lastOfOrderly(names);
      this.#mustList = last === null || last < head;
      if (this.#mustList || tempFiles.all !== before || (last ?? 0) > this.head) this.#options.onDoubt?.();
    });
  }

  /**
   * Applies what was appended since the last look. Synchronous; cost follows what is new.
   * False when this is not the ledger that we know any more (the next `read` reads it anew), or it cannot be read
   * to its end. It lists nothing: of names that do not follow it knows what the last `read` knew.
   */
  catchUp(): boolean {
    const folder = this.#statFolder();
    const ledger = this.#ledger;
    if (folder === null || !this.#isKnown(folder) || ledger.fault !== null) return false;
    if (this.#mustReadAll || !this.#noteStanding(ledger.endStands())) return false;
    while (ledger.applyNext()) {
      // One more was there.
    }
    return this.fault === null && ledger.isOfItsDialect;
  }

  #statFolder(): FolderLook | null {
    try {
      const folder = lookAtFolder(this.folder, this.proofFolder);
      this.outOfReach = null;
      return folder;
    } catch (error) {
      this.#lose(error);
      return null;
    }
  }

  #lose(error: unknown): void {
    this.outOfReach = describeError(error);
    // Whatever comes back may be another ledger.
    this.#known = null;
  }

  get #isWatched(): boolean {
    return this.#options.isWatched?.() === true;
  }

  /** Whether it is the folder that was read. */
  #isKnown(folder: FolderLook): boolean {
    return this.#known !== null && isSameFolder(this.#known, folder);
  }

  /** Goes on from what was kept of this ledger. False when all must be read. */
  async #recalled(look: FolderLook, progress: ReadProgress): Promise<boolean> {
    const { keeper, readingThread } = this.#options;
    if (keeper === undefined || !this.#mayRecall || !keeper.mayRecall()) return false;
    const { folder, proofFolder } = this;
    const list = () => this.#list(progress);
    const place = { folder, proofFolder, look, judge: this.#judge, readingThread, list };
    const recalled = await recallFold(keeper, place, progress.signal);
    // Not when this was given up, or nothing could be looked at: it may be good yet.
    if (this.outOfReach === null) this.#mayRecall = false;
    // One of our own that the ledger disproves; one of another program may be good for that.
    if (recalled.kind === 'disproved') keeper.forget();
    if (recalled.kind !== 'recalled') return false;
    keeper.recalled(recalled.fold.head);
    return this.#ledger.applyListed(recalled.fold, recalled.order, recalled.names, null, progress);
  }

  /** `compares`: it is the ledger that was read before, and what it says otherwise now is told. */
  async #readAll(progress: LookOptions, compares: boolean): Promise<LedgerDelta> {
    const shown = compares && this.#hasRead ? pictureOf(this) : null;
    this.#hasRead = false;
    this.#mayRecall = false;
    if (compares) this.#options.keeper?.forget();
    else this.#options.keeper?.restart();
    this.#judge.forget();
    this.#listing.stop();
    for (let attempt = 1; ; attempt += 1) {
      // It starts while we list.
      const thread = startReadingThread(this.#options.readingThread, this.folder, progress.signal);
      try {
        const names = await this.#list(progress);
        if (names === null) return this.#takeDelta(false);
        const settled = await this.#replayAll(names, thread, progress);
        if (!settled && attempt < MOST_ATTEMPTS) continue;
        this.#mustReadAll = false;
        const delta = this.#takeDelta(true);
        return shown === null ? delta : { ...delta, differences: differencesBetween(shown, pictureOf(this)) };
      } finally {
        thread?.close();
      }
    }
  }

  /** Reads every listed event in order. False when it must be done again: another dialect, or events that vanished. */
  async #replayAll(names: LedgerNames, thread: ReadingThread | null, progress: ReadProgress): Promise<boolean> {
    const turns = new Turns(progress.signal);
    this.#judge.start(names);
    const { dialect, naming } = this.#judge;
    await turns.next();
    const order = orderEvents(names, naming);
    await turns.next();
    const fold = new LedgerFold(dialect, naming, this.#judge, { young: this.#options.keeper?.youngEvents() ?? null });
    return this.#ledger.applyListed(fold, order, names, thread, progress);
  }

  /** False when reading all anew would come to another past than the one we have. */
  async #listingFits(progress: ReadProgress): Promise<boolean> {
    this.#listing.stop();
    const names = await this.#list(progress);
    return names === null || this.#ledger.takeUp(names, progress);
  }

  async #list({ signal }: ReadProgress): Promise<LedgerNames | null> {
    this.#mayHaveMissed = false;
    this.#mustList = false;
    try {
      return await this.#listing.list(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#lose(error);
      return null;
    }
  }

  #takeDelta(reset: boolean): LedgerDelta {
    const transitions = reset ? [] : [...this.log.range(this.#told)];
    this.#told = this.log.count;
    return { reset, transitions };
  }
}
