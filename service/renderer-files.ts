import { lstat, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file of the built renderer, ready to be served. */
export interface RendererFile {
  readonly bytes: Buffer;
  readonly mimeType: string;
  /** True for files whose name changes with their content: they may be kept for ever. */
  readonly immutable: boolean;
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

// A segment may not begin with a dot and holds no separator, escape or drive letter, so no path leads out.
const SEGMENT = /^[A-Za-z0-9_@-][A-Za-z0-9_@.-]*$/;

/**
 * Reads what `pathname` (of a URL, still escaped) names below `folder`; `/` is `index.html`.
 * Null for everything that is not a plain file of a known type there, and for links.
 */
export async function readRendererFile(folder: string, pathname: string): Promise<RendererFile | null> {
  const segments = (pathname === '/' ? '/index.html' : pathname).slice(1).split('/');
  const mimeType = MIME_TYPES[extname(segments[segments.length - 1] ?? '')];
  if (mimeType === undefined || !segments.every((segment) => SEGMENT.test(segment))) return null;
  const path = join(folder, ...segments);
  try {
    if (!(await lstat(path)).isFile()) return null;
    return { bytes: await readFile(path), mimeType, immutable: segments[0] === 'assets' };
  } catch {
    // Not there, or not readable: either way there is nothing to serve.
    return null;
  }
}
