import { protocol } from 'electron';
import { SECURITY_HEADERS } from '../service/csp';
import { log } from '../service/log';
import { readRendererFile } from '../service/renderer-files';
import { SCHEME } from './origin';

/** Makes our scheme a secure one with origins and relative addresses. Must run before the application is ready. */
export function declareAppProtocol(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the built renderer as `lockscope://app/`. */
export function serveAppProtocol(rendererFolder: string): void {
  // `protocol.handle` would do, but Electron 22 has only this one, and the newest still has both.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way that every supported Electron has
  protocol.registerBufferProtocol(SCHEME, (request, callback) => {
    answer(request, rendererFolder).then(callback, (error: unknown) => {
      log('a file of the window could not be served', error);
      callback({ statusCode: 500, data: Buffer.alloc(0) });
    });
  });
}

async function answer(
  request: { readonly url: string; readonly method: string },
  rendererFolder: string,
): Promise<Electron.ProtocolResponse> {
  const { host, pathname } = new URL(request.url);
  const wanted = host === 'app' && request.method === 'GET';
  const file = wanted ? await readRendererFile(rendererFolder, pathname) : null;
  if (file === null) {
    const data = Buffer.from('There is nothing at this address.\n');
    return { statusCode: 404, mimeType: 'text/plain', headers: { ...SECURITY_HEADERS }, data };
  }
  const [mimeType = ''] = file.mimeType.split(';');
  return { statusCode: 200, mimeType, charset: 'utf-8', headers: { ...SECURITY_HEADERS }, data: file.bytes };
}
