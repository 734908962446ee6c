import { realpathSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { createHost } from '../../core/host/create-host';
import { describeError } from '../../core/host/errors';
import type { LocksLook } from '../../core/host/kernel-locks';
import { CliError, EXIT, type ExitCode } from '../exit';
import { printablePath } from '../output/claims';
import { toJson } from '../output/json';
import { lockJson, lockLines } from '../output/locks';
import type { Output } from '../output/streams';
import { createStyle } from '../output/style';
import { absolutePath } from '../paths';

export function whoCommand(output: Output, end: (code: ExitCode) => void): Command {
  return new Command('who')
    .summary('show who holds a file locked, and who waits')
    .description(
      'Show every advisory lock that the kernel lists on a file: who holds it, and who waits. The file is not opened, and nothing is locked to find out.',
    )
    .argument('<path>', 'a file')
    .option('--json', 'print it as one JSON object')
    .action((path: string, options: { json?: true }) => {
      end(who(path, options.json === true, output));
    });
}

function who(path: string, json: boolean, output: Output): ExitCode {
  const file = fileAt(absolutePath(path));
  const { kernelLocks, clock } = createHost();
  if (kernelLocks === undefined) {
    throw new CliError(
      'Who holds a file locked cannot be known here: this system does not list its locks. Where there is lsof, ask it.',
      EXIT.refused,
    );
  }
  const followed = kernelLocks.follow([{ path: file }], { sqlite: true });
  let look: LocksLook;
  try {
    look = followed.look({ fresh: true });
  } finally {
    followed.close();
  }
  if (look.unreadable !== null) throw new CliError(`Who holds it cannot be known: ${look.unreadable}.`, EXIT.refused);
  const { locks, seesAll } = look;
  const nowMs = clock.nowMs();
  const style = createStyle(output.colours.data);
  if (json) output.data(toJson({ path: file, seesAll, locks: locks.map(lockJson) }));
  else if (locks.length > 0) output.data(locks.map((lock) => lockLines(lock, nowMs, style).join('\n')).join('\n\n'));
  if (locks.length === 0 && !json) {
    output.say(`No advisory lock is ${seesAll ? 'held' : 'listed'} on ${printablePath(file)}.`);
  }
  if (!seesAll) {
    output.say('Locks of processes outside of this process namespace are not listed here: there may be more.');
  }
  return EXIT.done;
}

/** The real path of a file. Its locks are those of the file, by whatever name. */
function fileAt(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
    if (statSync(real).isDirectory()) {
      throw new CliError(
        `${printablePath(real)} is a folder. For all that is locked below it: lockscope ls`,
        EXIT.usage,
      );
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${printablePath(path)} cannot be looked at: ${describeError(error)}.`, EXIT.refused);
  }
  return real;
}
