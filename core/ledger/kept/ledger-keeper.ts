import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type MemoOptions, Memos } from '../../host/memos';
import { PRINT_FIELDS } from '../events/event-prints';
import type { FolderLook } from '../reading/ledger-folder';
import { Turns } from '../reading/turns';
import type { LedgerFold } from '../replay/ledger-fold';
import { YoungEvents } from '../replay/young-events';
import { contentOfReading, type KeptReading, readingOfContent } from './kept-reading';

/** A reading is kept so long after it, in ms, when nobody waits for it any more. */
const KEEP_AFTER_MS = 1_000;
/** What could not be kept because the ledger changes just now is tried again after this long, in ms. */
const AGAIN_MS = 10_000;

/** Clocks and ticks may differ by this, in ms. */
const SLACK_MS = 20;
const NEVER = new AbortController().signal;

/** What a reader has to be kept. */
export interface KeepableReading {
  readonly folder: FolderLook;
  readonly fold: LedgerFold;
}

/** `later`: the ledger changes just now. `never`: memos cannot be kept here, or not of this ledger. */
type Kept = 'kept' | 'later' | 'never';

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

  constructor(options: MemoOptions, proofFolder: string) {
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

  /** Everything is read anew: the memo that there may be is not believed any more. */
  forget(): void {
    this.#keptHead = 0;
    this.#memos.forget(this.#subject);
  }

  /** Keeps the reading shortly afterwards, if it is worth it. `reading` is asked then; null when there is none to keep. */
  noticed(reading: () => KeepableReading | null): void {
    const fold = reading()?.fold;
    if (this.#timer !== null || this.#running !== null || this.#closing.signal.aborted) return;
    if (fold !== undefined && this.#isDue(fold.head, 1)) this.#later(reading, KEEP_AFTER_MS);
  }

  /** Keeps it now, if it is worth it and nothing speaks against it. Resolves when nothing is being written any more. */
  async close(reading: () => KeepableReading | null): Promise<void> {
    this.#closing.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
    const last = reading();
    if (last !== null && this.#isDue(last.fold.head, 1 / 10)) await this.#keep(last);
  }

  /** Worth it: never kept, or grown by a tenth of itself and of the smallest ledger of which anything is kept. */
  #isDue(head: number, share: number): boolean {
    const { leastParts } = this.#options;
    if (head === 0 || head < leastParts || head === this.#keptHead) return false;
    return this.#keptHead === 0 || head - this.#keptHead >= Math.max(leastParts, head / 10) * share;
  }

  #later(reading: () => KeepableReading | null, afterMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const now = reading();
      if (now === null) return;
      this.#running = this.#keep(now).then((kept) => {
        this.#running = null;
        if (kept === 'later' && !this.#closing.signal.aborted) this.#later(reading, AGAIN_MS);
      });
    }, afterMs);
    this.#timer.unref();
  }

  async #keep({ folder, fold }: KeepableReading): Promise<Kept> {
    const turns = new Turns(NEVER);
    const { head } = fold;
    const young = fold.young?.upTo(head) ?? null;
    if (young === null) return 'never';
    const identity = { program: this.#options.program, proofFolder: this.#proofFolder, folder };
    const content = await contentOfReading(identity, fold, turns);
    if (content === null || !(await this.#settled(fold, young, turns))) return 'later';
    // With the times that the settled ones have now.
    const columns = { ...content.columns, prints: fold.prints.columns.subarray(0, head * PRINT_FIELDS) };
    const isKept = await this.#memos.write(this.#subject, { ...content, columns });
    // Where it cannot be kept it is not tried again until it has grown.
    this.#keptHead = head;
    return isKept ? 'kept' : 'never';
  }

  /** Whether the young events are those that were read; waits once until they can tell, unless it is closing time. */
  async #settled(fold: LedgerFold, young: ReadonlyMap<number, string>, turns: Turns): Promise<boolean> {
    const place = { folder: join(this.#proofFolder, 'ledger'), proofFolder: this.#proofFolder, naming: fold.naming };
    const settle = async () => (await fold.young?.settle(young, fold.prints, place, turns)) === true;
    if (await settle()) return true;
    if (this.#isClosing()) return false;
    const { signal } = this.#closing;
    await wait(this.#options.settledMs + SLACK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    return !this.#isClosing() && (await settle());
  }

  /** A method, so that the answer is asked for anew after every wait. */
  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}
