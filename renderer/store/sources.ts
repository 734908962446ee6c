import type { Bridge } from '../../contract';
import type { LeaseBands, VerifyOutcome } from '../../core/model';
import { quoteHostile } from '../../core/model';
import { verifyWords } from '../verify-words';
import type { Clock } from './clock';
import type { AppStore } from './state';
import type { Toasts } from './toasts';

/** What an operator may do with a source as a whole; nothing of it changes anything on disk. */
export interface Sources {
  close(sourceId: string): void;
  /** Reads it again from the start, or for the first time where that was given up. */
  reread(sourceId: string): void;
  /** Gives up its first reading. */
  cancelReading(sourceId: string): void;
  /** Reads it again from the start and tells whether it is what was shown. One at a time a source. */
  verify(sourceId: string): void;
  /** When its leases are called expiring, and long over; null: as its own tools have it. */
  setBands(sourceId: string, bands: LeaseBands | null): void;
}

export function createSources(store: AppStore, bridge: Bridge, clock: Clock, toasts: Toasts): Sources {
  function title(sourceId: string): string {
    const source = store.getState().picture.sources.find(({ id }) => id === sourceId);
    return quoteHostile(source?.title ?? 'The source', 80);
  }

  async function verify(sourceId: string): Promise<void> {
    if (store.getState().verified.get(sourceId)?.kind === 'running') return;
    const name = title(sourceId);
    put(sourceId, { kind: 'running' });
    const reply = await bridge.request('verify', { sourceId });
    const outcome: VerifyOutcome = reply.ok ? reply.value : { kind: 'failed', error: reply.message };
    put(sourceId, { kind: 'ended', outcome, atMs: clock.nowMs() });
    const words = verifyWords(outcome);
    toasts.add({ tone: words.tone, title: `${name}: ${words.title}`, text: words.text });
  }

  function put(sourceId: string, what: Verification): void {
    store.setState(({ verified }) => ({ verified: new Map(verified).set(sourceId, what) }));
  }

  return {
    close(sourceId) {
      void toasts.ifRefused(bridge.request('close', { sourceId }));
    },
    reread(sourceId) {
      void toasts.ifRefused(bridge.request('reread', { sourceId }));
    },
    cancelReading(sourceId) {
      void toasts.ifRefused(bridge.request('cancelReading', { sourceId }));
    },
    setBands(sourceId, bands) {
      void toasts.ifRefused(bridge.request('setBands', { sourceId, bands }));
    },
    verify(sourceId) {
      void verify(sourceId);
    },
  };
}

/** Where verifying a source stands. */
export type Verification =
  | { readonly kind: 'running' }
  /** `atMs` is unix ms of this machine's clock. */
  | { readonly kind: 'ended'; readonly outcome: VerifyOutcome; readonly atMs: number };
