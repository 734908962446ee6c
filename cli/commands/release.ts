import type { Command } from 'commander';
import { act } from '../act';
import type { ExitCode } from '../exit';
import type { Output } from '../output/streams';
import { type ActionOptions, actionCommand, isReadOnly, notBlank } from './options';

export function releaseCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('release')
    .summary('end claims of a name that you act as')
    .description('End claims that are held by exactly the name that you act as.')
    .argument('<path>', 'a folder that is a source, or holds some')
    .argument('<resource...>', 'the bare ids of the resources: 1.2.3')
    .requiredOption('--as <name>', 'the name that holds them, exactly as written', notBlank)
    .option('--reason <text>', 'why, for the audit log', notBlank)
    .option('--seen <token>', 'only if the claim is still exactly the one that this token is of', notBlank)
    .action(async (path: string, resources: string[], options: ActionOptions & { as: string }, command: Command) => {
      end(
        await act(
          {
            action: 'release',
            path,
            resources,
            actAs: options.as,
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
    });
}
