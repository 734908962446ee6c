import type { Command } from 'commander';
import { act } from '../act';
import { CliError, EXIT, type ExitCode } from '../exit';
import type { Output } from '../output/streams';
import { type ActionOptions, actionCommand, isReadOnly, notBlank } from './options';

export function reapCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('reap')
    .summary('end stale claims')
    .description('End claims that are stale: expired, or abandoned by a holder that is proven gone.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('[resource...]', 'the bare ids of the resources: 1.2.3, ledger.lock')
    .option('--all-stale', 'every stale claim there is, one after the other')
    .option('--all', 'the stale claims of each ledger in one step, all or none of them')
    .option('--reason <text>', 'why, for the audit log', notBlank)
    .option('--seen <token>', 'only if the claim is still exactly the one that this token is of', notBlank)
    .action(
      async (
        path: string,
        resources: string[],
        options: ActionOptions & { allStale?: true; all?: true },
        command: Command,
      ) => {
        const ways = [resources.length > 0, options.allStale === true, options.all === true];
        if (ways.filter(Boolean).length !== 1) {
          throw new CliError('Name the resources to reap, or say --all-stale, or --all; one of the three.', EXIT.usage);
        }
        end(
          await act(
            {
              action: 'reap',
              path,
              resources: options.all === true ? 'together' : options.allStale === true ? 'all-stale' : resources,
              actAs: null,
              reason: options.reason ?? null,
              seen: options.seen ?? null,
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
