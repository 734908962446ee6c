import { Command, InvalidArgumentError } from 'commander';
import { createHost } from '../../core/host/create-host';
import { PROTOCOLS } from '../../core/protocols';
import { createInspector } from '../../inspector';
import { dataFolder } from '../../service/data-folder';
import { openKeptBands } from '../../service/kept-bands';
import { memoOptions } from '../../service/memo-options';
import { readingThreadProgram } from '../../service/thread-program';
import { VERSION } from '../../service/version';
import { CliError, EXIT, type ExitCode } from '../exit';
import { withInterrupt } from '../interrupt';
import { type Happening, Happenings, happeningJson, happeningLine } from '../output/changes';
import { toJson } from '../output/json';
import { sentence } from '../output/status';
import type { Output } from '../output/streams';
import { absolutePath } from '../paths';

interface WatchOptions {
  readonly json?: true;
  readonly for?: number;
}

export function watchCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('watch')
    .summary('follow what changes, line by line')
    .description('Print what is held at or below the paths, and then each change as it is seen, until Ctrl+C.')
    .argument('<path...>', 'folders that are sources, or hold some')
    .option('--json', 'print one JSON object a line')
    .option('--for <seconds>', 'end by itself after so many seconds', parseSeconds)
    .action(async (paths: string[], options: WatchOptions) => {
      end(await withInterrupt((signal) => watch(paths, options, output, signal)));
    });
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || seconds > 86_400 * 24)
    throw new InvalidArgumentError('It is a number of seconds.');
  return seconds;
}

async function watch(
  paths: readonly string[],
  options: WatchOptions,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const keptBands = await openKeptBands(dataFolder());
  const host = createHost({ readingThread: readingThreadProgram(), memos: memoOptions(dataFolder()) });
  const inspector = createInspector({
    host,
    protocols: PROTOCOLS,
    program: `cli ${VERSION}`,
    readOnly: true,
    dataFolder: dataFolder(),
    watch: true,
    bandsOf: (sourceId) => keptBands.of(sourceId),
  });
  const print = (happenings: readonly Happening[]): void => {
    const nowMs = host.clock.nowMs();
    for (const each of happenings) {
      output.data(options.json === true ? toJson(happeningJson(each, nowMs)) : happeningLine(each, nowMs));
    }
  };
  try {
    inspector.onNotice(({ message }) => {
      output.say(message);
    });
    const found = [];
    for (const path of paths) found.push(await inspector.open(absolutePath(path), signal));
    const nothing = found.flatMap((outcome) => (outcome.kind === 'nothing-found' ? [sentence(outcome.message)] : []));
    if (nothing.length === found.length && !signal.aborted) throw new CliError(nothing.join(' '), EXIT.refused);
    for (const words of nothing) output.say(words);
    await inspector.settled();
    const happenings = new Happenings();
    // Nothing comes between the two: both are of one turn.
    const { sources, claims } = inspector.snapshot();
    inspector.onChanges((changes) => {
      print(happenings.of(changes));
    });
    print(happenings.begin(sources, claims));
    await over(options.for, signal);
    return EXIT.done;
  } finally {
    await inspector.dispose();
  }
}

/** Resolves at Ctrl+C, or after so many seconds. */
function over(seconds: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const timer = seconds === undefined ? setInterval(() => undefined, 2 ** 31 - 1) : setTimeout(done, seconds * 1_000);
    function done(): void {
      clearTimeout(timer);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
