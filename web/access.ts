import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// Each address that is used makes a session; more than this many browsers is nobody's operator.
const SESSIONS_AT_MOST = 50;

/** Who may talk to the web host: a browser that once showed the token, from our own page. */
export interface Access {
  /** Makes a token that works once. The one before it works no more. */
  newToken(): string;
  /** The value of a new session's `Set-Cookie`, when `token` is the present one; null otherwise. Uses the token up. */
  redeem(token: string): string | null;
  /** Whether the request carries the cookie of a session. */
  hasSession(headers: IncomingHttpHeaders): boolean;
  /** Whether it asks for this server by one of its own names: a foreign name means DNS rebinding. */
  hasOwnHost(headers: IncomingHttpHeaders): boolean;
  /** Whether it comes from a page of this server. A request that names no origin does not. */
  hasOwnOrigin(headers: IncomingHttpHeaders): boolean;
}

/** `port`: the one that this server listens on. */
export function createAccess(port: number): Access {
  // Browsers send a host's cookies to all of its ports, so the name tells two Lockscopes apart.
  const cookieName = `lockscope-${port.toString()}`;
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port.toString()}`);
  let token: string | null = null;
  const sessions: string[] = [];

  return {
    newToken() {
      token = secret();
      return token;
    },
    redeem(given) {
      if (token === null || !same(given, token)) return null;
      token = null;
      const session = secret();
      sessions.push(session);
      if (sessions.length > SESSIONS_AT_MOST) sessions.shift();
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
    hasSession(headers) {
      const given = cookie(headers.cookie, cookieName);
      if (given === null) return false;
      // All are compared, so that the time tells nothing.
      return sessions.filter((session) => same(given, session)).length > 0;
    },
    hasOwnHost: ({ host }) => host !== undefined && hosts.includes(host),
    // The page's origin must be the very name that it asks by.
    hasOwnOrigin: ({ host, origin }) => host !== undefined && hosts.includes(host) && origin === `http://${host}`,
  };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** In constant time, whatever the lengths. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return null;
}
