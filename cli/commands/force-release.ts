import type { Command } from 'commander';
import { act } from '../act';
import type { ExitCode } from '../exit';
import type { Output } from '../output/streams';
import { type ActionOptions, actionCommand, isReadOnly, notBlank } from './options';

export function forceReleaseCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('force-release')
    .summary('take a claim from a holder that may be alive')
    .description('End a claim that is not stale and not yours. Its holder may be alive and may go on working.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('<resource>', 'the bare id of the resource: 1.2.3, ledger.lock')
    .requiredOption('--reason <text>', 'why, for the audit log', notBlank)
    .requiredOption('--seen <token>', 'the token of the claim that you looked at, from show or ls --json', notBlank)
    .action(
      async (
        path: string,
        resource: string,
        options: ActionOptions & { reason: string; seen: string },
        command: Command,
      ) => {
        end(
          await act(
            {
              action: 'force-release',
              path,
              resources: [resource],
              actAs: null,
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
