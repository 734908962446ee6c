/** Our own scheme: files of the renderer, and nothing else, are behind it. */
export const SCHEME = 'lockscope';
const APP_ORIGIN = `${SCHEME}://app`;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Where the window's page comes from. A message or a navigation from elsewhere is refused. */
export interface Origin {
  /** The page that the window shows. */
  readonly startUrl: string;
  /** Of Vite while developing; null where the built files are served. */
  readonly devOrigin: string | null;
  has(url: string): boolean;
}

/**
 * `devUrl` is `LOCKSCOPE_DEV_URL`. Only an unpackaged application follows it, and only to this machine.
 * Throws a plain sentence for any other address.
 */
export function chooseOrigin(devUrl: string | undefined, packaged: boolean): Origin {
  if (devUrl === undefined || devUrl === '' || packaged) return originOf(APP_ORIGIN, null);
  const url = new URL(devUrl);
  if (url.protocol !== 'http:' || !LOOPBACK.includes(url.hostname)) {
    throw new Error('LOCKSCOPE_DEV_URL must be an http address of this machine.');
  }
  return originOf(url.origin, url.origin);
}

function originOf(origin: string, devOrigin: string | null): Origin {
  return { startUrl: `${origin}/`, devOrigin, has: (url) => url.startsWith(`${origin}/`) };
}
