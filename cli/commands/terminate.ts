import type { Command } from 'commander';
import type { ExitCode } from '../exit';
import type { Output } from '../output/streams';
import { terminate } from '../terminate';
import { type ActionOptions, actionCommand, isReadOnly, notBlank } from './options';

export function terminateCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('terminate')
    .summary('end the process that holds a kernel lock')
    .description(
      'Ask the process that holds a kernel lock to end (TERM). Nothing else ends such a lock from outside. What the process is at work on may be lost.',
    )
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('<resource>', 'the locked file, as ls shows it')
    .requiredOption('--reason <text>', 'why, for the audit log', notBlank)
    .requiredOption('--seen <token>', 'the token of the claim that you looked at, from show or ls --json', notBlank)
    .option('--then-kill', 'when it is still there after that, kill it (KILL)')
    .action(
      async (
        path: string,
        resource: string,
        options: ActionOptions & { reason: string; seen: string; thenKill?: true },
        command: Command,
      ) => {
        end(
          await terminate(
            {
              path,
              resource,
              thenKill: options.thenKill === true,
              reason: options.reason,
              seen: options.seen,
              dryRun: options.dryRun === true,
              yes: options.yes === true,
              json: options.json === true,
              readOnly: isReadOnly(command),
            },
            output,
          ),
        );
      },
    );
}
