import { createHash } from 'node:crypto';
import { eventName } from '../events/event-names';
import type { EventPrints } from '../events/event-prints';
import { readEventFile } from '../events/read-event';
import type { Turns } from '../reading/turns';
import type { Dialect } from './replay';

/** Of so many the bytes are remembered; where there are more, none can be vouched for. */
const MOST = 50_000;

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
   * Looks at `events` again. True when each has settled and still has the bytes that were read: then `prints` has the
   * times that they have now, and nothing more is remembered of them.
   */
  async settle(
    events: ReadonlyMap<number, string>,
    prints: EventPrints,
    where: { readonly folder: string; readonly proofFolder: string; readonly naming: Dialect },
    turns: Turns,
  ): Promise<boolean> {
    const nowMs = Date.now();
    for (const [sequence, digest] of events) {
      await turns.next();
      const read = readEventFile(where.folder, where.proofFolder, eventName(sequence, where.naming));
      if (read.kind !== 'read' || digestOf(read.bytes) !== digest) return false;
      const { changedMs } = read.fingerprint;
      if (changedMs > nowMs - this.#settledMs || !prints.changedAt(sequence, read.fingerprint)) return false;
    }
    for (const sequence of events.keys()) this.#digests.delete(sequence);
    return true;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
