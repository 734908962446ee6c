import type { Channel, Pushes, Reply } from '../../contract';
import type { Service } from '../../service/service';

type Listener = Parameters<Service['onPush']>[0];

/** A service at the other end of the wire: it says what it was asked, and pushes what the test gives it. */
export interface ScriptedService extends Service {
  readonly asked: { channel: unknown; params: unknown }[];
  push<P extends keyof Pushes>(push: P, value: Pushes[P]): void;
  readonly listeners: ReadonlySet<Listener>;
  /** Holds all answers back until the disposer is called. */
  hold(): () => void;
}

export function createScriptedService(): ScriptedService {
  const listeners = new Set<Listener>();
  const asked: { channel: unknown; params: unknown }[] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    asked,
    listeners,
    async answer(channel, params) {
      asked.push({ channel, params });
      await gate;
      // The wire carries any value; the contract's own shapes are the service's business.
      return { ok: true, value: { asked: channel } } as unknown as Reply<Channel>;
    },
    onPush(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    push(push, value) {
      for (const listener of listeners) listener(push, value);
    },
    hold() {
      let open: () => void = () => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => open();
    },
    dispose: () => Promise.resolve(),
  };
}
