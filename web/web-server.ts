import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { log } from '../service/log';
import type { Service } from '../service/service';
import { createAccess } from './access';
import { createPages } from './pages';
import { createSockets, type SocketOptions } from './sockets';

export interface WebHostOptions {
  /** Stays the caller's to dispose. */
  readonly service: Service;
  /** The built renderer, absolute. */
  readonly rendererFolder: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: '127.0.0.1' | '::1';
  readonly sockets?: SocketOptions;
}

export interface WebHost {
  readonly port: number;
  /** Where a browser finds the application, with a token that works once. */
  readonly address: string;
  /** A fresh address; the one before it works no more, unless it was used: its browser stays signed in. */
  newAddress(): string;
  /** Ends every connection and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

/** Serves the application on this machine only. Rejects when the port is taken. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { service, rendererFolder, port: wantedPort = 0, host = '127.0.0.1' } = options;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 });
  server.maxConnections = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: wantedPort, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  const access = createAccess(port);
  const serve = createPages(access, rendererFolder);
  const sockets = createSockets(service, access, options.sockets);
  server.on('error', (error) => {
    log('the web host has trouble', error);
  });
  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => {
      log('a page could not be served', error);
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    sockets.upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });

  function newAddress(): string {
    const name = host === '::1' ? '[::1]' : host;
    return `http://${name}:${port.toString()}/?token=${access.newToken()}`;
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    await sockets.close();
    server.closeAllConnections();
    await closed;
  }

  return { port, address: newAddress(), newAddress, close: () => (closing ??= close()) };
}
