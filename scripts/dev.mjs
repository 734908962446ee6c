import { createServer } from 'node:net';
import path from 'node:path';
import { readArguments } from './lib/arguments.mjs';
import { electronSwitches, whyNoWindow } from './lib/display.mjs';
import { findElectron } from './lib/electron-runtime.mjs';
import { DIST, NODE_BUNDLES, ROOT } from './lib/layout.mjs';
import { nodeBundle } from './lib/node-bundle.mjs';
import { onTermination, startProgram, stopAll } from './lib/processes.mjs';
import { setUp } from './setup.mjs';

// npm run dev [-- PATH… --read-only]: the window from Vite with hot reload, its host rebuilt and restarted whenever
// a source of it changes. Loopback only.

const say = (sentence) => console.error(sentence);

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Lets pages of Vite's server, and no others, sign in at the web host and talk to it as if they were its own. */
function proxyTo(port) {
  const target = `http://127.0.0.1:${port}`;
  const configure = (proxy) => {
    proxy.on('proxyReqWs', (forwarded, { headers }) => {
      if (headers.origin === `http://${headers.host}`) forwarded.setHeader('origin', target);
    });
  };
  return {
    '^/\\?token=': { target, changeOrigin: true },
    '/socket': { target, changeOrigin: true, ws: true, configure },
  };
}

async function startVite(proxy) {
  const { createServer: createVite } = await import('vite');
  const server = await createVite({
    configFile: path.join(ROOT, 'vite.config.ts'),
    logLevel: 'warn',
    clearScreen: false,
    server: { host: '127.0.0.1', port: 5173, proxy },
  });
  await server.listen();
  return { server, port: server.httpServer.address().port };
}

/** Rebuilds the bundles of Node whenever a source changes. Calls `onBuilt` after each round in which all are whole. */
async function watchBundles(onBuilt) {
  const { build } = await import('vite');
  const broken = new Set();
  const building = new Set();
  const watchers = await Promise.all(
    NODE_BUNDLES.map(async (bundle) => {
      const config = nodeBundle(bundle, DIST);
      config.build.watch = {};
      // The sources are edited while this runs: nothing is kept of what they read.
      config.define.__READING_RULES__ = 'null';
      building.add(bundle);
      const watcher = await build(config);
      watcher.on('event', (event) => {
        if (event.code === 'START') building.add(bundle);
        if (event.code === 'BUNDLE_END') broken.delete(bundle);
        if (event.code === 'ERROR') {
          broken.add(bundle);
          say(`${bundle.source} cannot be built; what runs stays.\n${event.error.message}`);
        }
        if (event.code === 'END' || event.code === 'ERROR') {
          building.delete(bundle);
          if (building.size === 0 && broken.size === 0) onBuilt();
        }
      });
      return watcher;
    }),
  );
  return () => Promise.all(watchers.map((watcher) => watcher.close()));
}

/** Prints the host's sign-in address as one of Vite's, and everything else as it is. */
function showAddresses(program, hostPort, vitePort) {
  program.child.stdout.on('data', (bytes) => {
    process.stdout.write(bytes.toString().replaceAll(`127.0.0.1:${hostPort}`, `127.0.0.1:${vitePort}`));
  });
}

async function main() {
  const given = readArguments(process.argv.slice(2));
  if (given.problem !== undefined) throw new Error(given.problem);
  await setUp({ say });
  const electron = findElectron();
  const obstacle = await whyNoWindow(electron);
  const hostPort = obstacle === null ? null : await freePort();
  if (obstacle !== null) say(`${obstacle} Open the address below in a browser.`);
  const vite = await startVite(hostPort === null ? undefined : proxyTo(hostPort));

  let program = null;
  const start = () => {
    const started =
      hostPort === null
        ? startProgram(electron.path, [...electronSwitches(), ROOT, ...given.args], {
            env: { ...process.env, LOCKSCOPE_DEV_URL: `http://127.0.0.1:${vite.port}/` },
          })
        : startProgram(
            process.execPath,
            [path.join(DIST, 'cli', 'lockscope.cjs'), 'serve', '--port', String(hostPort), ...given.args],
            { stdio: ['ignore', 'pipe', 'inherit'] },
          );
    if (hostPort !== null) showAddresses(started, hostPort, vite.port);
    program = started;
    void started.ended.then(({ code }) => {
      // Not stopped by us: the window was closed, or the host broke. The next change of a source starts it again.
      if (program === started && code === 0) void end(0);
      else if (program === started) say(`The host ended with ${code}. It starts again after the next change.`);
    });
  };

  let turn = Promise.resolve();
  let soon = null;
  const restart = () => {
    turn = turn.then(async () => {
      const last = program;
      program = null;
      await last?.stop();
      if (!ending) start();
    });
  };
  const stopWatching = await watchBundles(() => {
    clearTimeout(soon);
    soon = setTimeout(restart, 100);
  });

  let ending = false;
  const end = async (code) => {
    if (ending) return;
    ending = true;
    clearTimeout(soon);
    program = null;
    await stopAll();
    await Promise.all([stopWatching(), vite.server.close()]);
    process.exit(code);
  };
  return end;
}

let end = null;
onTermination(async (signal) => {
  const code = signal === 'SIGINT' ? 130 : 143;
  if (end !== null) return end(code);
  await stopAll();
  process.exit(code);
});
try {
  end = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  await stopAll();
  process.exit(1);
}
