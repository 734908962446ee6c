import { type Bridge, type Channel, isPush, type Pushes, type Reply, type Request, SOCKET_PATH } from '../contract';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

type AnyReply = Reply<Channel>;
type Listeners = { [P in keyof Pushes]: Set<(value: Pushes[P]) => void> };

/** What the socket needs of the world; passed in so that it can be tested without a browser. */
export interface SocketWorld {
  readonly open: () => WebSocket;
  /** Calls back after `ms`; returns the disposer. */
  readonly after: (ms: number, call: () => void) => () => void;
  /** From 0 up to 1. */
  readonly random: () => number;
}

function browserWorld(): SocketWorld {
  return {
    open: () => {
      const url = new URL(SOCKET_PATH, window.location.href);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(url);
    },
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => {
        clearTimeout(timer);
      };
    },
    random: Math.random,
  };
}

/**
 * The contract over a WebSocket of the page's own origin.
 *
 * Requests are `{id, channel, params}` and answered by `{id, reply}`; pushes are `{push, value}`.
 * Before the first connection requests wait for it. Afterwards a request without a connection is refused at
 * once, and one whose connection breaks is refused when it breaks: none stays open. It connects again by itself,
 * with growing pauses up to 5 s.
 */
export function webBridge(world: SocketWorld = browserWorld()): Bridge {
  const waiting = new Map<number, (reply: AnyReply) => void>();
  const unsent: string[] = [];
  const listeners: Listeners = { changes: new Set(), notice: new Set(), settings: new Set() };
  const watchers = new Set<(state: 'connected' | 'lost') => void>();
  let state: 'connecting' | 'connected' | 'lost' = 'connecting';
  let socket: WebSocket;
  let nextId = 1;
  let failures = 0;

  function become(next: 'connected' | 'lost'): void {
    if (state === next) return;
    state = next;
    for (const watcher of watchers) watcher(next);
  }

  function connect(): void {
    const mine = world.open();
    socket = mine;
    mine.addEventListener('open', () => {
      failures = 0;
      for (const message of unsent.splice(0)) mine.send(message);
      become('connected');
    });
    mine.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') receive(event.data);
    });
    mine.addEventListener('close', () => {
      unsent.length = 0;
      const lost = [...waiting.values()];
      waiting.clear();
      for (const resolve of lost) resolve(LOST_WHILE_WAITING);
      become('lost');
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.75 + world.random() / 2);
      failures += 1;
      world.after(wait, connect);
    });
  }

  function receive(data: string): void {
    const message = parseMessage(data);
    if (message === null) return;
    if (message.kind === 'reply') {
      waiting.get(message.id)?.(message.reply);
      waiting.delete(message.id);
    } else {
      deliver(message.push, message.value);
    }
  }

  function deliver(push: keyof Pushes, value: unknown): void {
    // The host sends each push with its own value: the contract says so.
    for (const listener of listeners[push] as Set<(value: unknown) => void>) listener(value);
  }

  connect();
  return {
    request<C extends Channel>(channel: C, params: Request<C>): Promise<Reply<C>> {
      if (state === 'lost') return Promise.resolve(NOT_CONNECTED);
      return new Promise((resolve) => {
        const id = nextId;
        nextId += 1;
        // The host answers a channel with that channel's reply: the contract says so, and both ends share it.
        waiting.set(id, resolve as (reply: AnyReply) => void);
        const message = JSON.stringify({ id, channel, params });
        if (state === 'connected') socket.send(message);
        else unsent.push(message);
      });
    },
    onPush(push, listener) {
      listeners[push].add(listener);
      return () => {
        listeners[push].delete(listener);
      };
    },
    onConnection(listener) {
      watchers.add(listener);
      if (state !== 'connecting') listener(state);
      return () => {
        watchers.delete(listener);
      };
    },
  };
}

const NOT_CONNECTED = {
  ok: false,
  code: 'broken',
  message: 'There is no connection to Lockscope. It connects again by itself.',
} as const;

const LOST_WHILE_WAITING = {
  ok: false,
  code: 'broken',
  message: 'The connection broke before the answer came. The audit log tells what was done.',
} as const;

type Message =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: AnyReply }
  | { readonly kind: 'push'; readonly push: keyof Pushes; readonly value: unknown };

/** Null for what is not a message of ours. The host is trusted for the shape within. */
function parseMessage(data: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if ('id' in value && typeof value.id === 'number' && 'reply' in value) {
    return { kind: 'reply', id: value.id, reply: value.reply as AnyReply };
  }
  if ('push' in value && isPush(value.push) && 'value' in value) {
    return { kind: 'push', push: value.push, value: value.value };
  }
  return null;
}
