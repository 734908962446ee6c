import { Command, CommanderError } from 'commander';
import { quoteHostile } from '../core/model';
import { VERSION } from '../service/version';
import { forceReleaseCommand } from './commands/force-release';
import { lsCommand } from './commands/ls';
import { mendCommand } from './commands/mend';
import { migrateCommand } from './commands/migrate';
import { reapCommand } from './commands/reap';
import { releaseCommand } from './commands/release';
import { serveCommand } from './commands/serve';
import { showCommand } from './commands/show';
import { terminateCommand } from './commands/terminate';
import { undoCommand } from './commands/undo';
import { verifyCommand } from './commands/verify';
import { watchCommand } from './commands/watch';
import { whoCommand } from './commands/who';
import { CliError, EXIT, type ExitCode } from './exit';
import { sentence } from './output/status';
import { flushed, type Output, processOutput } from './output/streams';

const EXIT_CODES = `
Exit codes:
  0  done
  1  refused, in conflict or failed; or a path holds nothing to look at
  2  the command line is wrong
  3  a source cannot be read by its own tools
  4  what was read anew is not what was shown

Data goes to stdout, everything else to stderr.`;

/** One file a command. */
const COMMANDS = [
  lsCommand,
  showCommand,
  reapCommand,
  releaseCommand,
  forceReleaseCommand,
  terminateCommand,
  mendCommand,
  undoCommand,
  verifyCommand,
  migrateCommand,
  watchCommand,
  whoCommand,
  serveCommand,
];

/** Runs one command line and ends the process with its exit code. Never rejects. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const output = processOutput();
  let code: ExitCode = EXIT.done;
  const end = (outcome: ExitCode): void => {
    code = outcome;
  };
  const program = new Command('lockscope')
    .description('See who holds every lock that cooperating programs take, and safely take it away.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .option('--read-only', 'refuse every action that would write')
    .addHelpText('after', EXIT_CODES);
  for (const create of COMMANDS) program.addCommand(create(output, end));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ showGlobalOptions: true })
      .showHelpAfterError('(try --help)')
      .helpOption('-h, --help', 'show this help')
      .configureOutput({
        writeOut: (text) => {
          output.data(text.replace(/\n$/, ''));
        },
        writeErr: (text) => {
          // It quotes the command line, which may have been pasted from anywhere.
          output.say(text.replace(/\n$/, '').split('\n').map(printable).join('\n'));
        },
      });
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    code = exitCodeOfError(error, output);
  }
  await flushed();
  process.exit(process.exitCode === undefined ? code : Number(process.exitCode));
}

function printable(line: string): string {
  return quoteHostile(line, line.length);
}

function exitCodeOfError(error: unknown, output: Output): ExitCode {
  // Commander has said what is wrong itself; asking for help or the version is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) {
    output.say(error.message);
    return error.exitCode;
  }
  output.say(sentence(error instanceof Error ? error.message : String(error)));
  return EXIT.refused;
}
