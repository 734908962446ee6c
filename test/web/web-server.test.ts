import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../service/csp';
import { startWebHost, type WebHost } from '../../web';
import { createScriptedService, type ScriptedService } from './scripted-service';
import { connectSocket } from './socket-client';

let folder: string;
let host: WebHost;
let service: ScriptedService;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockscope-web-'));
  const renderer = join(folder, 'renderer');
  await mkdir(join(renderer, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'outside');
  await writeFile(join(renderer, 'index.html'), '<!doctype html><title>the application</title>');
  await writeFile(join(renderer, 'assets', 'main-1a2b.js'), 'export {};');
  await writeFile(join(renderer, 'program.sh'), 'echo');
  await writeFile(join(renderer, '.env.txt'), 'hidden');
  await symlink(join(folder, 'secret.txt'), join(renderer, 'link.txt'));
  service = createScriptedService();
  host = await startWebHost({ service, rendererFolder: renderer });
});

afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends `path` and headers exactly as given: no client tidies them up. */
function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: host.port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

function pathOf(address: string): string {
  const url = new URL(address);
  return url.pathname + url.search;
}

/** The cookie of a browser that opened a fresh address. */
async function signIn(): Promise<string> {
  const { headers } = await ask(pathOf(host.newAddress()));
  return headers['set-cookie']![0]!.split(';')[0]!;
}

const own = () => ({ Origin: `http://127.0.0.1:${host.port}` });

test('the printed address signs a browser in, once', async () => {
  const first = await ask(pathOf(host.address));
  expect(first.status).toBe(303);
  expect(first.headers.location).toBe('/');
  const [cookie] = first.headers['set-cookie']!;
  expect(cookie).toMatch(/^lockscope-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  const page = await ask('/', { Cookie: cookie!.split(';')[0] });
  expect(page.status).toBe(200);
  expect(page.body).toContain('the application');

  const again = await ask(pathOf(host.address));
  expect(again.status).toBe(401);
  expect(again.headers['set-cookie']).toBeUndefined();
  expect(again.body).toContain('press Enter');
});

test('who is signed in may follow a used address', async () => {
  const cookie = await signIn();
  await ask(pathOf(host.newAddress()));
  expect(await ask(pathOf(host.address), { Cookie: cookie })).toMatchObject({ status: 303 });
});

test('a fresh address replaces the one before, and leaves sessions alone', async () => {
  const cookie = await signIn();
  const old = host.newAddress();
  const fresh = host.newAddress();
  expect(await ask(pathOf(old))).toMatchObject({ status: 401 });
  expect(await ask(pathOf(fresh))).toMatchObject({ status: 303 });
  expect(await ask('/', { Cookie: cookie })).toMatchObject({ status: 200 });
});

test.each([
  ['no token', '/'],
  ['an empty token', '/?token='],
  ['a wrong token', '/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
  ['a token on another path', '/index.html?token=TOKEN'],
  ['an asset without a session', '/assets/main-1a2b.js'],
])('%s is answered with a sentence and nothing else', async (_name, path) => {
  const answer = await ask(path.replace('TOKEN', new URL(host.address).searchParams.get('token')!));
  expect(answer.status).toBe(401);
  expect(answer.body).toContain('press Enter');
  expect(answer.body).not.toContain('application</title>');
  expect(answer.headers['set-cookie']).toBeUndefined();
});

test('a cookie of another session or another name is none', async () => {
  const [name] = (await signIn()).split('=');
  expect(await ask('/', { Cookie: `${name!}=${'A'.repeat(43)}` })).toMatchObject({ status: 401 });
  expect(await ask('/', { Cookie: `${name!}=` })).toMatchObject({ status: 401 });
  expect(await ask('/', { Cookie: `other=${'A'.repeat(43)}` })).toMatchObject({ status: 401 });
});

test('a browser that only looks ahead does not use the token up', async () => {
  const path = pathOf(host.address);
  expect(await ask(path, { 'Sec-Purpose': 'prefetch;prerender' })).toMatchObject({ status: 503 });
  expect(await ask(path, {}, 'HEAD')).toMatchObject({ status: 503 });
  expect(await ask(path)).toMatchObject({ status: 303 });
});

test('a link on another site leads through a page of ours, once', async () => {
  const answer = await ask('/', { 'Sec-Fetch-Site': 'cross-site' });
  expect(answer.status).toBe(401);
  expect(answer.body).toContain('content="0;url=/"');
  expect((await ask('/', { 'Sec-Fetch-Site': 'same-origin' })).body).not.toContain('refresh');
});

test.each([
  'evil.example',
  '127.0.0.1',
  '127.0.0.1:1',
  'localhost',
  '127.0.0.1.evil.example:PORT',
  'evil@127.0.0.1:PORT',
])('a foreign Host %j is refused, token and session or not', async (name) => {
  const cookie = await signIn();
  const headers = { Host: name.replace('PORT', String(host.port)), Cookie: cookie };
  expect(await ask('/', headers)).toMatchObject({ status: 403 });
  expect(await ask(pathOf(host.newAddress()), headers)).toMatchObject({ status: 403 });
  const socket = await connectSocket(host.port, { ...headers, Origin: `http://${headers.Host}` });
  expect(socket).toBe(403);
});

test.each(['localhost', '[::1]'])('%s is a name of its own', async (name) => {
  const cookie = await signIn();
  expect(await ask('/', { Host: `${name}:${host.port}`, Cookie: cookie })).toMatchObject({ status: 200 });
});

test('every answer carries the policy, whatever it is', async () => {
  const cookie = await signIn();
  const answers = await Promise.all([
    ask('/', { Cookie: cookie }),
    ask('/assets/main-1a2b.js', { Cookie: cookie }),
    ask('/nothing', { Cookie: cookie }),
    ask('/'),
    ask('/', { Host: 'evil.example' }),
    ask('/', own(), 'POST'),
    ask(pathOf(host.newAddress())),
  ]);
  for (const { headers } of answers) {
    expect(headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  }
});

test('files have their type and may be kept as long as their name says', async () => {
  const Cookie = await signIn();
  const script = await ask('/assets/main-1a2b.js', { Cookie });
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(script.headers['cache-control']).toContain('immutable');
  const page = await ask('/', { Cookie });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['cache-control']).toBe('no-cache');
  const known = await ask('/', { Cookie, 'If-None-Match': page.headers.etag });
  expect(known).toMatchObject({ status: 304, body: '' });
  const head = await ask('/', { Cookie }, 'HEAD');
  expect(head).toMatchObject({ status: 200, body: '' });
  expect(head.headers['content-length']).toBe(page.headers['content-length']);
});

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/..\\secret.txt',
  '/..%5csecret.txt',
  '//etc/hosts.txt',
  '/%00.txt',
  '/link.txt',
  '/.env.txt',
  '/program.sh',
  '/assets',
  '/assets/',
  '/index.html/',
  'http://127.0.0.1/secret.txt',
])('%s leads nowhere', async (path) => {
  const answer = await ask(path, { Cookie: await signIn() });
  expect(answer.status).toBe(404);
  expect(answer.body).toBe('There is nothing at this address.\n');
});

test('nothing but GET and HEAD is answered', async () => {
  const Cookie = await signIn();
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await ask('/', { Cookie }, method)).toMatchObject({ status: 403 });
    expect(await ask('/', { Cookie, Origin: 'http://evil.example' }, method)).toMatchObject({ status: 403 });
    expect(await ask('/', { Cookie, ...own() }, method)).toMatchObject({ status: 405 });
  }
});

test('the socket opens for a session from our own page alone', async () => {
  const Cookie = await signIn();
  expect(await connectSocket(host.port, { ...own() })).toBe(401);
  expect(await connectSocket(host.port, { Cookie })).toBe(403);
  expect(await connectSocket(host.port, { Cookie, Origin: 'http://evil.example' })).toBe(403);
  expect(await connectSocket(host.port, { Cookie, Origin: `https://127.0.0.1:${host.port}` })).toBe(403);
  expect(await connectSocket(host.port, { Cookie, Origin: `http://localhost:${host.port}` })).toBe(403);
  expect(await connectSocket(host.port, { Cookie, Origin: 'null' })).toBe(403);
  expect(await connectSocket(host.port, { Cookie, ...own() }, '/other')).toBe(404);
  const socket = await connectSocket(host.port, { Cookie, ...own() });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  socket.send({ id: 1, channel: 'snapshot', params: {} });
  expect(await socket.next()).toEqual({ id: 1, reply: { ok: true, value: { asked: 'snapshot' } } });
});

test('bytes that are no HTTP, and a browser that says nothing, end without harm', async () => {
  const socket = connect(host.port, '127.0.0.1');
  socket.write('\x16\x03\x01 not http\r\n\r\n');
  const text = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  const silent = connect(host.port, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.on('error', () => undefined);
  await host.close();
  await expect(ask('/')).rejects.toThrow('ECONNREFUSED');
});

test('it listens on loopback alone', async () => {
  const tried = await startWebHost({ service, rendererFolder: folder, host: '::1' }).catch(() => null);
  if (tried !== null) {
    expect(tried.address).toContain('http://[::1]:');
    await tried.close();
  }
  await expect(startWebHost({ service, rendererFolder: folder, port: host.port })).rejects.toThrow('EADDRINUSE');
});
