import { describe, expect, it } from 'vitest';
import { webBridge } from '../../renderer/web-bridge';
import { HandClock, settle } from './hand-clock';

/** The page's end of a socket, whose other end is in the hands of a test. */
class HandSocket extends EventTarget {
  readonly sent: { id: number; channel: string }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { id: number; channel: string });
  }

  open(): void {
    this.dispatchEvent(new Event('open'));
  }

  receive(value: unknown): void {
    this.dispatchEvent(
      new MessageEvent('message', { data: typeof value === 'string' ? value : JSON.stringify(value) }),
    );
  }

  break(): void {
    this.dispatchEvent(new Event('close'));
  }
}

function connected(): {
  sockets: HandSocket[];
  clock: HandClock;
  bridge: ReturnType<typeof webBridge>;
  states: string[];
} {
  const sockets: HandSocket[] = [];
  const clock = new HandClock();
  const bridge = webBridge({
    open: () => {
      const socket = new HandSocket();
      sockets.push(socket);
      // Of a WebSocket the bridge uses what is above, and nothing else.
      return socket as unknown as WebSocket;
    },
    after: clock.after,
    random: () => 0.5,
  });
  const states: string[] = [];
  bridge.onConnection((state) => states.push(state));
  return { sockets, clock, bridge, states };
}

describe('the bridge over a socket', () => {
  it('waits for the first connection, and gives each reply to its request', async () => {
    const { sockets, bridge, states } = connected();
    const hello = bridge.request('hello', {});
    const audit = bridge.request('audit', { limit: 1 });
    const [socket] = sockets;
    expect(socket?.sent).toEqual([]);
    socket?.open();
    expect(states).toEqual(['connected']);
    expect(socket?.sent.map((message) => message.channel)).toEqual(['hello', 'audit']);
    socket?.receive({ id: socket.sent[1]?.id, reply: { ok: true, value: [] } });
    socket?.receive({ id: socket.sent[0]?.id, reply: { ok: false, code: 'broken', message: 'No.' } });
    expect(await audit).toEqual({ ok: true, value: [] });
    expect(await hello).toEqual({ ok: false, code: 'broken', message: 'No.' });
  });

  it('leaves no request open when the connection breaks, and refuses without one', async () => {
    const { sockets, bridge, states } = connected();
    sockets[0]?.open();
    const waiting = bridge.request('snapshot', {});
    sockets[0]?.break();
    expect(await waiting).toMatchObject({ ok: false, code: 'broken' });
    expect(await bridge.request('snapshot', {})).toMatchObject({ ok: false, code: 'broken' });
    expect(states).toEqual(['connected', 'lost']);
  });

  it('connects again by itself, with growing pauses up to five seconds', async () => {
    const { sockets, clock, states } = connected();
    const pauses: number[] = [];
    for (let at = 0; at < 7; at += 1) {
      sockets[at]?.break();
      const from = clock.nowMs();
      while (sockets.length === at + 1) await clock.pass(50);
      pauses.push(clock.nowMs() - from);
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    sockets[7]?.open();
    expect(states.at(-1)).toBe('connected');
  });

  it('hands pushes to those who listen, and passes over what it does not know', async () => {
    const { sockets, bridge } = connected();
    const seen: unknown[] = [];
    const stop = bridge.onPush('notice', (notice) => seen.push(notice));
    const [socket] = sockets;
    socket?.open();
    for (const odd of ['not json', 'null', '[]', { push: 'other', value: 1 }, { id: 'x', reply: {} }])
      socket?.receive(odd);
    socket?.receive({ push: 'notice', value: { tone: 'info', message: 'Hello.' } });
    stop();
    socket?.receive({ push: 'notice', value: { tone: 'info', message: 'Gone.' } });
    await settle();
    expect(seen).toEqual([{ tone: 'info', message: 'Hello.' }]);
  });
});
