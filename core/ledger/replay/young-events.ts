import { createHash } from 'node:crypto';
import { eventName } from '../events/event-names';
import type { EventPrints } from '../events/event-prints';
import { readEventFile } from '../events/read-event';
import type { Turns } from '../reading/turns';
import type { Dialect } from './replay';

/** Of so many the bytes are remembered; where there are more, none can be vouched for. */
const MOST = 50_000;

/** A file system's clock may go by this much before ours, in ms. */
const AHEAD_MS = 20;

/**
 * How young events were found. `soon`: they still count as young, and will have settled when so long has passed once
 * more. `ahead`: the file of one is ahead of our clock. `other`: one does not have the bytes that were read, or is not
 * there: what is known of the ledger is not what it says.
 */
export type Settled = 'settled' | 'soon' | 'ahead' | 'other';

/**
 * The events that were read so soon after their files had changed that a second change would not show in the times:
 * file systems count in ticks, and publishing an event changes its file once more. Their bytes are remembered by a
 * digest, so that they can be looked at again when they have settled.
 */
export class YoungEvents {
  readonly #sinceMs: number;
  readonly #settledMs: number;
  readonly #digests = new Map<number, string>();
  #tooMany = false;

  /** To be made before the first of the events is read. A file is settled `settledMs` after its last change. */
  constructor(settledMs: number) {
    this.#settledMs = settledMs;
    this.#sinceMs = Date.now() - settledMs;
  }

  note(sequence: number, changedMs: number, bytes: Uint8Array): void {
    if (changedMs <= this.#sinceMs) return;
    if (this.#digests.size >= MOST) this.#tooMany = true;
    else this.#digests.set(sequence, digestOf(bytes));
  }

  /** Those up to `head` as they are now. */
  upTo(head: number): ReadonlyMap<number, string> | null {
    if (this.#tooMany) return null;
    return new Map([...this.#digests].filter(([sequence]) => sequence <= head));
  }

  /**
   * Looks at `events` again. Where each has settled and still has the bytes that were read, `prints` has the times that
   * they have now, and nothing more is remembered of them.
   */
  async settle(
    events: ReadonlyMap<number, string>,
    prints: EventPrints,
    where: { readonly folder: string; readonly proofFolder: string; readonly naming: Dialect },
    turns: Turns,
  ): Promise<Settled> {
    const nowMs = Date.now();
    let newestMs = Number.NEGATIVE_INFINITY;
    for (const [sequence, digest] of events) {
      await turns.next();
      const read = readEventFile(where.folder, where.proofFolder, eventName(sequence, where.naming));
      if (read.kind !== 'read' || digestOf(read.bytes) !== digest) return 'other';
      const { changedMs } = read.fingerprint;
      newestMs = Math.max(newestMs, changedMs);
      if (changedMs > nowMs - this.#settledMs) continue;
      // Another file of the same bytes: whoever looks at it reads it again.
      if (!prints.changedAt(sequence, read.fingerprint)) return 'other';
    }
    if (newestMs > nowMs + AHEAD_MS) return 'ahead';
    if (newestMs > nowMs - this.#settledMs) return 'soon';
    for (const sequence of events.keys()) this.#digests.delete(sequence);
    return 'settled';
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
