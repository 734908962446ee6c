import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { quoteHostile } from '../../core/model';
import { type RunningService, startService } from '../../service';
import { startWebHost, type WebHost } from '../../web';
import { openBrowser } from '../browser';
import { onEnter } from '../enter';
import { CliError, EXIT, type ExitCode } from '../exit';
import { withInterrupt } from '../interrupt';
import { printablePath } from '../output/claims';
import type { Output } from '../output/streams';
import { absolutePath } from '../paths';
import { isReadOnly } from './options';

interface ServeOptions {
  readonly port: number;
  readonly open?: true;
}

export function serveCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('serve')
    .summary('show the window in a browser, on this machine only')
    .description(
      'Serve the window to a browser on this machine. The first line on stdout is its address with a token that works once. Without paths: the last workspace, else a demo.',
    )
    .argument('[path...]', 'folders that are sources, or hold some')
    .option('--port <number>', 'the port to listen on; 0 takes a free one', parsePort, 0)
    .option('--open', 'open a browser, if there is one')
    .action(async (paths: string[], options: ServeOptions, command: Command) => {
      end(await withInterrupt((signal) => serve(paths, options, isReadOnly(command), output, signal)));
    });
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

async function serve(
  paths: readonly string[],
  options: ServeOptions,
  readOnly: boolean,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const absolute = paths.map(absolutePath);
  const rendererFolder = findRenderer();
  const running = await startService({ program: 'web', readOnly, paths: absolute, watch: true });
  let web: WebHost | undefined;
  let deaf: (() => void) | undefined;
  try {
    const there = await running.presence(absolute);
    const missing = absolute.find((_, i) => there[i] === 'missing');
    if (missing !== undefined) throw new CliError(`There is no ${printablePath(missing)}.`, EXIT.refused);
    const host = await listen(running, rendererFolder, options.port);
    web = host;
    output.data(host.address);
    output.say('The address works once, on this machine. Enter prints a new one, Ctrl+C ends it.');
    const launcher = new AbortController();
    deaf = onEnter(
      () => output.data(host.newAddress()),
      () => {
        launcher.abort();
      },
    );
    if (options.open === true) openBrowser(web.address);
    await Promise.race([aborted(signal), aborted(launcher.signal)]);
  } finally {
    deaf?.();
    await web?.close();
    await running.stop();
  }
  return EXIT.done;
}

async function listen(running: RunningService, rendererFolder: string, port: number): Promise<WebHost> {
  try {
    return await startWebHost({ service: running.service, rendererFolder, port });
  } catch (error) {
    const why = quoteHostile(error instanceof Error ? error.message : String(error), 300);
    throw new CliError(`Port ${port.toString()} cannot be used: ${why}.`, EXIT.refused);
  }
}

/** The built window: beside this bundle, or in the checkout's `dist` when this runs from its sources. */
function findRenderer(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [join(here, '..', 'renderer'), join(here, '..', '..', 'dist', 'renderer')].find((candidate) =>
    // The sources of the window have an index.html too, which no browser can run.
    existsSync(join(candidate, 'assets')),
  );
  if (folder === undefined) throw new CliError('The window is not built yet: run npm run build first.', EXIT.refused);
  return folder;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
