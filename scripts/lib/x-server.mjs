import { startProgram } from './processes.mjs';

/**
 * Starts an X server without a screen, on a number that is free. Reachable from this machine only.
 *
 * @returns {Promise<{ display: string, stop: () => Promise<void> }>}
 */
export async function startXServer(xvfb, timeoutMs = 20_000) {
  const server = startProgram(
    xvfb,
    ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const number = await new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error('Xvfb did not get ready.')), timeoutMs);
    server.child.stdio[3].on('data', (bytes) => {
      text += bytes.toString();
      if (!text.endsWith('\n')) return;
      clearTimeout(timer);
      resolve(text.trim());
    });
    server.ended.then(({ code }) => {
      clearTimeout(timer);
      reject(new Error(`Xvfb ended with ${code}.`));
    });
  }).catch(async (error) => {
    await server.stop();
    throw error;
  });
  return { display: `:${number}`, stop: () => server.stop() };
}
