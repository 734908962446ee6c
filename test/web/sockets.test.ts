import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import type { Changes } from '../../core/model';
import { startWebHost, type WebHost, type WebHostOptions } from '../../web';
import { createScriptedService, type ScriptedService } from './scripted-service';
import { connectSocket, type SocketClient } from './socket-client';

let host: WebHost;
let service: ScriptedService;

afterEach(async () => {
  await host.close();
});

async function start(sockets: WebHostOptions['sockets'] = {}): Promise<void> {
  service = createScriptedService();
  host = await startWebHost({ service, rendererFolder: tmpdir(), sockets });
}

async function client(): Promise<SocketClient> {
  const cookie = await new Promise<string>((resolve, reject) => {
    const request = httpRequest(host.newAddress(), { agent: false }, (response) => {
      response.resume();
      resolve(response.headers['set-cookie']![0]!.split(';')[0]!);
    });
    request.on('error', reject).end();
  });
  const socket = await connectSocket(host.port, { Cookie: cookie, Origin: `http://127.0.0.1:${host.port}` });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  return socket;
}

function changes(from: number, filler = 0): Changes {
  const source = `s${'x'.repeat(filler)}`;
  return { from, to: from + 1, changes: [{ kind: 'source-removed', sourceId: source }] };
}

test('each reply carries the id of its request', async () => {
  await start();
  const socket = await client();
  socket.send({ id: 7, channel: 'snapshot', params: {} });
  socket.send({ id: 0, channel: 'nonsense', params: null });
  expect(await socket.next()).toEqual({ id: 7, reply: { ok: true, value: { asked: 'snapshot' } } });
  expect(await socket.next()).toEqual({ id: 0, reply: { ok: true, value: { asked: 'nonsense' } } });
  expect(service.asked).toEqual([
    { channel: 'snapshot', params: {} },
    { channel: 'nonsense', params: null },
  ]);
});

test.each([
  ['no JSON', '{"id":1,'],
  ['a number', '5'],
  ['null', 'null'],
  ['no id', '{"channel":"hello","params":{}}'],
  ['a negative id', '{"id":-1,"channel":"hello","params":{}}'],
  ['a text id', '{"id":"1","channel":"hello","params":{}}'],
  ['a channel that is no text', '{"id":1,"channel":{},"params":{}}'],
  ['one key too many', '{"id":1,"channel":"hello","params":{},"more":1}'],
  ['deep nesting', '['.repeat(30_000)],
  ['a binary message', Buffer.from('{"id":1,"channel":"hello","params":{}}')],
])('%s is answered with a refusal, reaches nobody, and the socket goes on', async (_name, message) => {
  await start();
  const socket = await client();
  socket.send(message);
  expect(await socket.next()).toMatchObject({ id: null, reply: { ok: false, code: 'bad-request' } });
  expect(service.asked).toEqual([]);
  socket.send({ id: 1, channel: 'hello', params: {} });
  expect(await socket.next()).toMatchObject({ id: 1, reply: { ok: true } });
});

test('a message of 1 MiB passes; a longer one ends its socket and no other', async () => {
  await start();
  const [one, other] = [await client(), await client()];
  const empty = JSON.stringify({ id: 1, channel: 'open', params: { path: '' } }).length;
  one.send({ id: 1, channel: 'open', params: { path: 'x'.repeat(1024 * 1024 - empty) } });
  expect(await one.next()).toMatchObject({ id: 1, reply: { ok: true } });
  one.send({ id: 1, channel: 'open', params: { path: 'x'.repeat(1024 * 1024 - empty + 1) } });
  expect(await one.closed).toBe(1009);
  expect(service.asked).toHaveLength(1);
  other.send({ id: 2, channel: 'hello', params: {} });
  expect(await other.next()).toMatchObject({ id: 2, reply: { ok: true } });
});

test('more than 32 unanswered requests are refused until the answers are out', async () => {
  await start();
  const socket = await client();
  const release = service.hold();
  for (let id = 0; id < 33; id++) socket.send({ id, channel: 'snapshot', params: {} });
  expect(await socket.next()).toMatchObject({ id: 32, reply: { ok: false, code: 'not-allowed' } });
  release();
  for (let id = 0; id < 32; id++) expect(await socket.next()).toMatchObject({ id, reply: { ok: true } });
  socket.send({ id: 40, channel: 'snapshot', params: {} });
  expect(await socket.next()).toMatchObject({ id: 40, reply: { ok: true } });
});

test('two clients get the same pushes in the same order', async () => {
  await start();
  const clients = [await client(), await client()];
  for (let revision = 0; revision < 500; revision++) service.push('changes', changes(revision));
  service.push('notice', { tone: 'error', message: 'look' });
  for (const socket of clients) {
    for (let revision = 0; revision < 500; revision++) {
      expect(await socket.next()).toEqual({ push: 'changes', value: changes(revision) });
    }
    expect(await socket.next()).toEqual({ push: 'notice', value: { tone: 'error', message: 'look' } });
  }
});

test('a client that falls behind is closed; one that keeps up is not', async () => {
  await start({ unsentPushBytesAtMost: 1024 * 1024 });
  const [slow, quick] = [await client(), await client()];
  slow.ws.pause();
  for (let revision = 0; revision < 100; revision++) {
    service.push('changes', changes(revision, 200_000));
    expect(await quick.next()).toMatchObject({ value: { from: revision } });
  }
  slow.ws.resume();
  expect([1006, 1013]).toContain(await slow.closed);
  quick.send({ id: 1, channel: 'snapshot', params: {} });
  expect(await quick.next()).toMatchObject({ id: 1 });
});

test('a client that no longer answers pings is dropped', async () => {
  await start({ pingEveryMs: 50 });
  const [gone, alive] = [await client(), await client()];
  // A connection whose other end vanished: it takes nothing, and sends nothing.
  gone.ws.pause();
  await new Promise((resolve) => setTimeout(resolve, 250));
  gone.ws.resume();
  expect(await gone.closed).toBe(1006);
  alive.send({ id: 1, channel: 'hello', params: {} });
  expect(await alive.next()).toMatchObject({ id: 1 });
});

test('closing ends every socket, listens to the service no more and frees the port', async () => {
  await start();
  const [one, deaf] = [await client(), await client()];
  deaf.ws.pause();
  expect(service.listeners.size).toBe(1);
  await host.close();
  expect(await one.closed).toBe(1001);
  expect(service.listeners.size).toBe(0);
  deaf.ws.terminate();
  await host.close();
  const again = await startWebHost({ service, rendererFolder: tmpdir(), port: host.port });
  await again.close();
});
