import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../service/csp';
import { readRendererFile } from '../service/renderer-files';
import type { Access } from './access';

const REFUSED_PAGE = page(`<h1>This address does not work, or not any more.</h1>
<p>Each address works once. Go to the terminal where Lockscope runs and press Enter: it prints a new one. Open that.</p>`);

// A link on another site's page brings no strict cookie along, not even through our redirect. Asking once more
// from a page of ours does.
const ONCE_MORE_PAGE = page(
  '<meta http-equiv="refresh" content="0;url=/">\n<p><a href="/">Go on to Lockscope.</a></p>',
);

function page(content: string): string {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Lockscope</title>\n${content}\n</html>\n`;
}

/** Serves the renderer's files to browsers with a session, and makes a session for the one that shows the token. */
export function createPages(access: Access, rendererFolder: string) {
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = '' } = request;
    if (!access.hasOwnHost(headers)) return refuse(response, 403, 'Lockscope answers only under its own address.');
    if (method !== 'GET' && method !== 'HEAD') {
      if (!access.hasOwnOrigin(headers)) return refuse(response, 403, 'Lockscope answers only its own pages.');
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Only GET and HEAD are answered here.');
    }
    const [pathname = '', query = ''] = (request.url ?? '').split('?', 2);
    const token = pathname === '/' ? new URLSearchParams(query).get('token') : null;
    if (token !== null) return signIn(request, response, token);
    if (!access.hasSession(headers)) {
      const fromElsewhere = pathname === '/' && headers['sec-fetch-site'] === 'cross-site';
      return send(response, 401, 'text/html; charset=utf-8', fromElsewhere ? ONCE_MORE_PAGE : REFUSED_PAGE);
    }
    const file = await readRendererFile(rendererFolder, pathname);
    if (file === null) return refuse(response, 404, 'There is nothing at this address.');
    const etag = `"${createHash('sha256').update(file.bytes).digest('base64url').slice(0, 24)}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', file.immutable ? 'private, max-age=31536000, immutable' : 'no-cache');
    if (headers['if-none-match'] === etag) return send(response, 304, file.mimeType, '');
    return send(response, 200, file.mimeType, file.bytes);
  };

  function signIn({ headers, method }: IncomingMessage, response: ServerResponse, token: string): void {
    // A browser that only looks ahead, or a link preview, may not use the token up.
    const looksAhead = method === 'HEAD' || (headers['sec-purpose'] ?? headers['purpose']) !== undefined;
    if (looksAhead) return refuse(response, 503, 'Open this address yourself.');
    const cookie = access.redeem(token);
    if (cookie !== null) response.setHeader('Set-Cookie', cookie);
    else if (!access.hasSession(headers)) return send(response, 401, 'text/html; charset=utf-8', REFUSED_PAGE);
    response.setHeader('Location', '/');
    return refuse(response, 303, 'The application is at /.');
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${sentence}\n`);
}

/** Node leaves the body of an answer to HEAD, and of a 304, out by itself. */
function send(response: ServerResponse, status: number, mimeType: string, body: string | Buffer): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Type', mimeType);
  if (status !== 304) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(status);
  response.end(body);
}
