import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type Channel, type Reply, SOCKET_PATH, type SocketMessage, type SocketRequest } from '../contract';
import { log } from '../service/log';
import type { Service } from '../service/service';
import type { Access } from './access';

/** A plan may name a thousand claims. */
const MESSAGE_AT_MOST_BYTES = 1024 * 1024;
// A renderer asks for a few things at once; each unanswered request may hold a snapshot in memory.
const UNANSWERED_AT_MOST = 32;
// A client that has not taken this much of the pushes has fallen behind: a snapshot is cheaper.
const UNSENT_PUSH_BYTES_AT_MOST = 8 * 1024 * 1024;
const CLIENTS_AT_MOST = 32;
const PING_EVERY_MS = 30_000;
const CLOSE_AT_MOST_MS = 1000;

const CLOSING = 1001;
const TRY_AGAIN = 1013;

const messageSchema = z.strictObject({
  id: z.number().int().nonnegative(),
  channel: z.string().max(64),
  params: z.unknown(),
}) satisfies z.ZodType<SocketRequest>;

export interface SocketOptions {
  readonly pingEveryMs?: number;
  readonly unsentPushBytesAtMost?: number;
}

export interface Sockets {
  /** Makes a socket of an HTTP upgrade, or answers it with a refusal. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every client, and ends those that do not listen. */
  close(): Promise<void>;
}

/** The contract over WebSockets: every request gets a reply, every client the same pushes in the same order. */
export function createSockets(service: Service, access: Access, options: SocketOptions = {}): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_AT_MOST_BYTES, perMessageDeflate: false });
  const clients = new Set<Client>();

  const stopPushes = service.onPush((push, value) => {
    if (clients.size === 0) return;
    const text = JSON.stringify({ push, value });
    for (const client of clients) client.push(text);
  });
  const timer = setInterval(() => {
    for (const client of clients) client.checkAlive();
  }, options.pingEveryMs ?? PING_EVERY_MS);
  timer.unref();

  return {
    upgrade(request, socket, head) {
      const refusal = refuseUpgrade(request, access, clients.size);
      if (refusal !== null) {
        socket.on('error', () => undefined);
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      server.handleUpgrade(request, socket, head, (ws) => {
        const client = createClient(ws, service, options.unsentPushBytesAtMost ?? UNSENT_PUSH_BYTES_AT_MOST);
        clients.add(client);
        ws.on('close', () => clients.delete(client));
      });
    },
    async close() {
      stopPushes();
      clearInterval(timer);
      await Promise.all([...clients].map((client) => client.close()));
      server.close();
    },
  };
}

function refuseUpgrade({ headers, url }: IncomingMessage, access: Access, clients: number): string | null {
  if (url !== SOCKET_PATH) return '404 Not Found';
  if (!access.hasOwnHost(headers) || !access.hasOwnOrigin(headers)) return '403 Forbidden';
  if (!access.hasSession(headers)) return '401 Unauthorized';
  return clients >= CLIENTS_AT_MOST ? '503 Service Unavailable' : null;
}

interface Client {
  push(text: string): void;
  checkAlive(): void;
  close(): Promise<void>;
}

function createClient(ws: WebSocket, service: Service, unsentAtMost: number): Client {
  let unanswered = 0;
  let unsentPushBytes = 0;
  let alive = true;
  const session = {};

  function reply(message: SocketMessage): Promise<void> {
    return new Promise((resolve) => {
      ws.send(JSON.stringify(message), () => {
        resolve();
      });
    });
  }

  async function receive(data: RawData, binary: boolean): Promise<void> {
    const message = binary ? null : parse(data);
    if (message === null) {
      return reply({
        id: null,
        reply: refusal('bad-request', 'This message was not understood, so nothing was done.'),
      });
    }
    if (unanswered >= UNANSWERED_AT_MOST) {
      return reply({
        id: message.id,
        reply: refusal('not-allowed', 'Too much was asked at once. Wait for the answers.'),
      });
    }
    unanswered += 1;
    try {
      await reply({ id: message.id, reply: await service.answer(message.channel, message.params, session) });
    } finally {
      unanswered -= 1;
    }
  }

  ws.on('message', (data, binary) => {
    receive(data, binary).catch((error: unknown) => {
      log('a message could not be answered', error);
      ws.terminate();
    });
  });
  ws.on('pong', () => {
    alive = true;
  });
  // Too long, not text, or a broken connection: ws closes it by itself, with the reason in the close code.
  ws.on('error', () => undefined);

  return {
    push(text) {
      if (ws.readyState !== WebSocket.OPEN) return;
      const bytes = Buffer.byteLength(text);
      unsentPushBytes += bytes;
      if (unsentPushBytes > unsentAtMost) {
        ws.close(TRY_AGAIN, 'fell behind');
        // Its buffer is full, so the goodbye may never leave.
        setTimeout(() => {
          ws.terminate();
        }, CLOSE_AT_MOST_MS).unref();
        return;
      }
      ws.send(text, () => {
        unsentPushBytes -= bytes;
      });
    },
    checkAlive() {
      if (!alive) {
        ws.terminate();
        return;
      }
      alive = false;
      ws.ping();
    },
    close() {
      return new Promise((resolve) => {
        if (ws.readyState === WebSocket.CLOSED) {
          resolve();
          return;
        }
        const timer = setTimeout(() => {
          ws.terminate();
        }, CLOSE_AT_MOST_MS);
        ws.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        ws.close(CLOSING, 'Lockscope ends');
      });
    },
  };
}

function parse(data: RawData): SocketRequest | null {
  try {
    // A text message always arrives as one buffer.
    const parsed = messageSchema.safeParse(JSON.parse((data as Buffer).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function refusal(code: 'bad-request' | 'not-allowed', message: string): Reply<Channel> {
  return { ok: false, code, message };
}
