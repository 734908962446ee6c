import type { Pushes } from '../contract';
import { log } from './log';
import type { Service } from './service';

export type Notice = Pushes['notice'];
type Listener = Parameters<Service['onPush']>[0];

// More than an operator would read at once; the newest count.
const KEPT_NOTICES = 20;

/** Sends pushes to every listener in the order of the calls, and keeps notices until somebody can read them. */
export interface PushHub {
  onPush(listener: Listener): () => void;
  send<P extends keyof Pushes>(push: P, value: Pushes[P]): void;
  tell(notice: Notice): void;
  /** A renderer said hello: from the next turn on it hears notices, those that were kept first. */
  greet(): void;
  dispose(): void;
}

export function createPushes(): PushHub {
  const listeners = new Set<Listener>();
  let greeted = false;
  let kept: Notice[] = [];

  function send<P extends keyof Pushes>(push: P, value: Pushes[P]): void {
    for (const listener of [...listeners]) {
      try {
        listener(push, value);
      } catch (error) {
        // One renderer's trouble is not another's.
        log(`a listener of "${push}" broke`, error);
      }
    }
  }

  return {
    onPush(listener) {
      // A wrapper of its own, so that the same function may listen twice.
      const own: Listener = (push, value) => {
        listener(push, value);
      };
      listeners.add(own);
      return () => listeners.delete(own);
    },
    send,
    tell(notice) {
      if (greeted) send('notice', notice);
      else kept = [...kept, notice].slice(-KEPT_NOTICES);
    },
    greet() {
      if (greeted) return;
      setImmediate(() => {
        greeted = true;
        for (const notice of kept) send('notice', notice);
        kept = [];
      });
    },
    dispose() {
      listeners.clear();
    },
  };
}
