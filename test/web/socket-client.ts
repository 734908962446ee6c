import type { OutgoingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

/** A browser's end of the socket. */
export interface SocketClient {
  readonly ws: WebSocket;
  send(message: unknown): void;
  /** The next message that was not taken yet. */
  next(): Promise<unknown>;
  /** The close code, once it is closed. */
  readonly closed: Promise<number>;
}

/** Resolves with the client, or with the HTTP status of the refusal. */
export function connectSocket(
  port: number,
  headers: OutgoingHttpHeaders,
  path = '/socket',
): Promise<SocketClient | number> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const messages: unknown[] = [];
    const waiting: ((message: unknown) => void)[] = [];
    ws.on('message', (data: Buffer) => {
      const message: unknown = JSON.parse(data.toString());
      const taker = waiting.shift();
      if (taker === undefined) messages.push(message);
      else taker(message);
    });
    const closed = new Promise<number>((done) => ws.once('close', done));
    ws.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    ws.on('error', reject);
    ws.once('open', () => {
      resolve({
        ws,
        closed,
        send: (message) =>
          ws.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
        next: () =>
          messages.length > 0
            ? Promise.resolve(messages.shift())
            : new Promise((taken) => {
                waiting.push(taken);
              }),
      });
    });
  });
}
