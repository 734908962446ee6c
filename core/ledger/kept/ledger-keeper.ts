import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type MemoOptions, Memos } from '../../host/memos';
import { PRINT_FIELDS } from '../events/event-prints';
import type { FolderLook } from '../reading/ledger-folder';
import { Turns } from '../reading/turns';
import type { LedgerFold } from '../replay/ledger-fold';
import { type Settled, YoungEvents } from '../replay/young-events';
import { contentOfReading, type KeptReading, readingOfContent } from './kept-reading';

/** When a reading is kept, in ms. */
export interface KeepingTimes {
  /** So long after it, when nobody waits for it any more. */
  readonly afterMs: number;
  /** What could not be kept because the ledger changes just now is tried again after this long, and after twice as long each time. */
  readonly againMs: number;
  readonly againAtMostMs: number;
}

const TIMES: KeepingTimes = { afterMs: 1_000, againMs: 10_000, againAtMostMs: 300_000 };

/** Clocks and ticks may differ by this, in ms. */
const SLACK_MS = 20;
const NEVER = new AbortController().signal;

/** What a reader has to be kept. */
export interface KeepableReading {
  readonly folder: FolderLook;
  readonly fold: LedgerFold;
}

/** What is to be kept, and who wants to know what shows meanwhile. */
export interface KeptFrom {
  /** Asked when it is time; null when there is none to keep. */
  readonly reading: () => KeepableReading | null;
  /** An event that was read has other bytes than those that were applied, though its file may look the same. */
  readonly onDoubt: () => void;
}

/**
 * `later`: the ledger changes just now. `never`: memos cannot be kept here, or not of this ledger. `other`: it is not
 * what it was read as.
 */
type Kept = 'kept' | 'later' | 'never' | 'other';

/** Keeps what a ledger was read as in a memo, and gives it back at the next start. Nothing here rejects unless aborted. */
export class LedgerKeeper {
  readonly #memos: Memos;
  readonly #options: MemoOptions;
  readonly #proofFolder: string;
  readonly #subject: string;
  /** Up to here the memo goes that there is; 0 where there is none that holds. */
  #keptHead = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  readonly #closing = new AbortController();
  readonly #times: KeepingTimes;
  /** Raised whenever what is being kept becomes void. */
  #generation = 0;

  constructor(options: MemoOptions, proofFolder: string, times: KeepingTimes = TIMES) {
    this.#times = times;
    this.#memos = new Memos(options);
    this.#options = options;
    this.#proofFolder = proofFolder;
    this.#subject = `ledger ${proofFolder}`;
  }

  /** For a fold that begins now. */
  youngEvents(): YoungEvents {
    return new YoungEvents(this.#options.settledMs);
  }

  /** Whether there is anything to recall. */
  mayRecall(): boolean {
    return this.#memos.has(this.#subject);
  }

  /** What was kept of this folder of the ledger; null where nothing is, or nothing that may be believed. */
  async recall(folder: FolderLook, signal: AbortSignal): Promise<KeptReading | null> {
    const turns = new Turns(signal);
    try {
      const content = await this.#memos.read(this.#subject, () => turns.next());
      const identity = { program: this.#options.program, proofFolder: this.#proofFolder, folder };
      return content === null ? null : await readingOfContent(content, identity, turns);
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  /** The reading that was given back holds, up to this event. */
  recalled(head: number): void {
    this.#keptHead = head;
  }

  /** Everything is read anew: what is being kept is void. */
  restart(): void {
    this.#keptHead = 0;
    this.#generation += 1;
  }

  /** And the memo that there may be is not believed any more. */
  forget(): void {
    this.restart();
    this.#memos.forget(this.#subject);
  }

  /** Keeps the reading shortly afterwards, if it is worth it. */
  noticed(from: KeptFrom): void {
    const fold = from.reading()?.fold;
    if (this.#timer !== null || this.#running !== null || this.#closing.signal.aborted) return;
    if (fold !== undefined && this.#isDue(fold.head, 1)) this.#later(from, this.#times.afterMs);
  }

  /** Keeps it now, if it is worth it and nothing speaks against it. Resolves when nothing is being written any more. */
  async close({ reading }: Pick<KeptFrom, 'reading'>): Promise<void> {
    this.stop();
    await this.#running;
    const last = reading();
    if (last !== null && this.#isDue(last.fold.head, 1 / 10)) await this.#tryKeep(last);
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#closing.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Worth it: never kept, or grown by a tenth of itself and of the smallest ledger of which anything is kept. */
  #isDue(head: number, share: number): boolean {
    const { leastParts } = this.#options;
    if (head === 0 || head < leastParts || head === this.#keptHead) return false;
    return this.#keptHead === 0 || head - this.#keptHead >= Math.max(leastParts, head / 10) * share;
  }

  #later(from: KeptFrom, afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const now = from.reading();
      if (now === null) return;
      this.#running = this.#tryKeep(now).then((kept) => {
        this.#running = null;
        if (kept === 'other') from.onDoubt();
        if (kept !== 'later' || this.#isClosing()) return;
        // A ledger that never rests, or whose files are ahead of our clock, is tried ever more rarely.
        const { againMs, againAtMostMs } = this.#times;
        this.#later(from, Math.min(againAtMostMs, Math.max(againMs, 2 * afterMs)));
      });
    }, afterMs);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #tryKeep(reading: KeepableReading): Promise<Kept> {
    const generation = this.#generation;
    const { head } = reading.fold;
    const kept = await this.#keep(reading).catch((): Kept => 'never');
    // Where it cannot be kept it is not tried again until it has grown.
    if (generation === this.#generation && (kept === 'kept' || kept === 'never')) this.#keptHead = head;
    return kept;
  }

  async #keep({ folder, fold }: KeepableReading): Promise<Kept> {
    const generation = this.#generation;
    const isVoid = (): boolean => generation !== this.#generation;
    const turns = new Turns(NEVER);
    const { head } = fold;
    const young = fold.young?.upTo(head) ?? null;
    if (young === null) return 'never';
    const place = { folder: join(this.#proofFolder, 'ledger'), proofFolder: this.#proofFolder, naming: fold.naming };
    const settle = () => fold.young?.settle(young, fold.prints, place, turns) ?? Promise.resolve('settled' as const);
    // First, because it may cost much to say what is to be kept.
    const first = await settle();
    if (first === 'other') return first;
    if (first === 'ahead' || (first === 'soon' && this.#isClosing()) || fold.head !== head) return 'later';
    const identity = { program: this.#options.program, proofFolder: this.#proofFolder, folder };
    const content = await contentOfReading(identity, fold, turns);
    if (content === null) return 'later';
    const settled = first === 'soon' ? await this.#settledSoon(settle) : first;
    if (settled === 'other') return settled;
    if (settled !== 'settled' || isVoid()) return 'later';
    // With the times that the settled ones have now.
    const columns = { ...content.columns, prints: fold.prints.columns.subarray(0, head * PRINT_FIELDS) };
    const isKept = await this.#memos.write(this.#subject, { ...content, columns });
    if (!isVoid()) return isKept ? 'kept' : 'never';
    // Forgotten while it was being written.
    this.#memos.forget(this.#subject);
    return 'later';
  }

  /** Asks once more when they can tell, unless it is closing time by then. */
  async #settledSoon(settle: () => Promise<Settled>): Promise<Settled> {
    const { signal } = this.#closing;
    await wait(this.#options.settledMs + SLACK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    return this.#isClosing() ? 'soon' : settle();
  }

  /** A method, so that the answer is asked for anew after every wait. */
  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}
