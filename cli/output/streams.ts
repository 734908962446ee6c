import { isatty } from 'node:tty';

/** Where a command writes: data on `out`, everything else on `err`. Passed in, so that formatting knows no terminal. */
export interface Output {
  /** Writes data, with a newline. */
  data(text: string): void;
  /** Writes a sentence for the operator, with a newline. */
  say(text: string): void;
  readonly colours: { readonly data: boolean; readonly say: boolean };
}

/** Colours belong on a terminal that can show them, and nowhere for those who said no (https://no-color.org). */
function wantsColour(stream: NodeJS.WriteStream & { readonly fd: number }): boolean {
  const { NO_COLOR: noColor, TERM: term } = process.env;
  return isatty(stream.fd) && (noColor === undefined || noColor === '') && term !== 'dumb';
}

/**
 * The streams of this process. A reader that leaves early (`| head`) is no error: what follows is dropped quietly,
 * so that an action that is under way still ends well.
 */
export function processOutput(): Output {
  return {
    data: writer(process.stdout),
    say: writer(process.stderr),
    colours: { data: wantsColour(process.stdout), say: wantsColour(process.stderr) },
  };
}

function writer(stream: NodeJS.WriteStream): (text: string) => void {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== 'EPIPE') process.exitCode = 1;
  });
  return (text) => {
    if (open) stream.write(`${text}\n`);
  };
}

/** Resolves when everything written so far has left this process, or cannot. */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.destroyed || !stream.writable) continue;
    await new Promise<void>((resolve) => {
      stream.once('error', () => {
        resolve();
      });
      stream.write('', () => {
        resolve();
      });
    });
  }
}
