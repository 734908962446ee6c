import type { Host } from '../../host/host';
import type { Claim } from '../../model';
import type { RawRecord } from '../../port';
import type { LedgerReader } from '../reading/ledger-reader';
import { cutRecord } from '../record';
import { inspectWriteLock, type SeenWriteLock, surroundingsOf, writeLockClaim } from './inspect-write-lock';
import { LOCK_NAME } from './lock-content';

/** Writers hold the lock for milliseconds: one that is held longer than this, in ms, is worth showing. */
const SHOWN_AFTER_MS = 250;
/** What surrounds a lock that stays is looked at again this often, in ms. */
const LOOK_AGAIN_MS = 2_000;

/** Follows `ledger.lock`: shows it once it is held for longer than a write takes. */
export class WriteLockWatch {
  readonly #reader: LedgerReader;
  readonly #host: Host;
  #seen: { readonly identity: string; readonly sinceMs: number } | null = null;
  #shown: {
    readonly identity: string;
    readonly lookedAtMs: number;
    readonly claim: Claim;
    readonly text: string;
  } | null = null;

  constructor(reader: LedgerReader, host: Host) {
    this.#reader = reader;
    this.#host = host;
  }

  /** The lock as a claim, as of the last look; null when there is none that has been held long enough. */
  get claim(): Claim | null {
    return this.#shown?.claim ?? null;
  }

  /** The lock's own bytes, as of the last look. */
  record(): RawRecord | null {
    return this.#shown === null ? null : cutRecord(LOCK_NAME, Buffer.from(this.#shown.text));
  }

  /** When to look again, in ms from `nowMs`; null when a change of the folder will tell. */
  nextLookMs(nowMs: number): number | null {
    if (this.#shown !== null) return LOOK_AGAIN_MS;
    return this.#seen === null ? null : Math.max(1, SHOWN_AFTER_MS - (nowMs - this.#seen.sinceMs) + 1);
  }

  /** Looks at the lock. With `mayWait`, a lock that was just taken is looked at again once it would be shown. */
  async look(options: { readonly mayWait: boolean; readonly signal: AbortSignal }): Promise<void> {
    let lock = inspectWriteLock(this.#reader.folder);
    const waitMs = lock === null ? 0 : this.#untilShownMs(lock);
    if (waitMs > 0 && options.mayWait) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      options.signal.throwIfAborted();
      lock = inspectWriteLock(this.#reader.folder);
    }
    this.#note(lock);
  }

  #note(lock: SeenWriteLock | null): void {
    if (lock === null) {
      this.#seen = null;
      this.#shown = null;
      return;
    }
    const nowMs = this.#host.clock.nowMs();
    if (this.#untilShownMs(lock) > 0) {
      this.#shown = null;
      return;
    }
    if (this.#shown?.identity === lock.identity && nowMs - this.#shown.lookedAtMs < LOOK_AGAIN_MS / 2) return;
    const claim = writeLockClaim(lock, surroundingsOf(this.#reader, this.#host.processes, lock));
    this.#shown = { identity: lock.identity, lookedAtMs: nowMs, claim, text: lock.text };
  }

  /** How long it takes, in ms, until this lock is worth showing; by its own time, or by ours if that lies ahead. */
  #untilShownMs(lock: SeenWriteLock): number {
    const nowMs = this.#host.clock.nowMs();
    if (this.#seen?.identity !== lock.identity) this.#seen = { identity: lock.identity, sinceMs: nowMs };
    const heldMs = Math.max(nowMs - this.#seen.sinceMs, lock.placedMs > nowMs ? 0 : nowMs - lock.placedMs);
    return Math.max(0, SHOWN_AFTER_MS - heldMs);
  }
}
