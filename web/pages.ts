import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../service/csp';
import { readRendererFile } from '../service/renderer-files';
import type { Access } from './access';

interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  /** What differs from an uncached plain text. */
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = { 'Content-Type': 'text/html; charset=utf-8' };

const REFUSED: Answer = {
  status: 401,
  headers: HTML,
  body: page(`<h1>This address does not work, or not any more.</h1>
<p>Each address works once. Go to the terminal where Lockscope runs and press Enter, or start it again: it prints a new
address. Open that.</p>`),
};

// A link on another site's page brings no strict cookie along, not even through our redirect. Asking once more
// from a page of ours does.
const ONCE_MORE: Answer = {
  status: 401,
  headers: HTML,
  body: page('<meta http-equiv="refresh" content="0;url=/">\n<p><a href="/">Go on to Lockscope.</a></p>'),
};

function page(content: string): string {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Lockscope</title>\n${content}\n</html>\n`;
}

/** Serves the renderer's files to browsers with a session, and makes a session for the one that shows the token. */
export function createPages(access: Access, rendererFolder: string) {
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, headers = {} } = await answer(request, access, rendererFolder);
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      'Cache-Control': 'no-store',
      'Content-Type': 'text/plain; charset=utf-8',
      ...headers,
      ...(status === 304 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    });
    // Node leaves the body of an answer to HEAD, and of a 304, out by itself.
    response.end(body);
  };
}

async function answer(request: IncomingMessage, access: Access, rendererFolder: string): Promise<Answer> {
  const { headers, method = '' } = request;
  if (!access.hasOwnHost(headers)) return { status: 403, body: 'Lockscope answers only under its own address.\n' };
  if (method !== 'GET' && method !== 'HEAD') {
    return access.hasOwnOrigin(headers)
      ? { status: 405, headers: { Allow: 'GET, HEAD' }, body: 'Only GET and HEAD are answered here.\n' }
      : { status: 403, body: 'Lockscope answers only its own pages.\n' };
  }
  const [pathname = '', query = ''] = (request.url ?? '').split('?', 2);
  const token = pathname === '/' ? new URLSearchParams(query).get('token') : null;
  if (token !== null) return signIn(request, access, token);
  if (!access.hasSession(headers)) {
    return pathname === '/' && headers['sec-fetch-site'] === 'cross-site' ? ONCE_MORE : REFUSED;
  }
  const file = await readRendererFile(rendererFolder, pathname);
  if (file === null) return { status: 404, body: 'There is nothing at this address.\n' };
  const etag = `"${createHash('sha256').update(file.bytes).digest('base64url').slice(0, 24)}"`;
  return {
    status: headers['if-none-match'] === etag ? 304 : 200,
    body: file.bytes,
    headers: {
      'Content-Type': file.mimeType,
      'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache',
      ETag: etag,
    },
  };
}

function signIn({ headers, method }: IncomingMessage, access: Access, token: string): Answer {
  // A browser that only looks ahead, or a link preview, may not use the token up.
  const looksAhead = method === 'HEAD' || (headers['sec-purpose'] ?? headers['purpose']) !== undefined;
  if (looksAhead) return { status: 503, body: 'Open this address yourself.\n' };
  const cookie = access.redeem(token);
  if (cookie === null && !access.hasSession(headers)) return REFUSED;
  return {
    status: 303,
    body: 'The application is at /.\n',
    headers: { Location: '/', ...(cookie === null ? {} : { 'Set-Cookie': cookie }) },
  };
}
