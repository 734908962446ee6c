import type { Command } from 'commander';
import { createHost } from '../../core/host/create-host';
import { assertNever } from '../../core/model';
import { type MigrationOutcome, type MigrationPlan, migrate, planMigration } from '../../core/task-lease/migrate';
import { canAsk, confirmYes } from '../ask';
import { CliError, EXIT, type ExitCode } from '../exit';
import { withInterrupt } from '../interrupt';
import { printablePath } from '../output/claims';
import { toJson } from '../output/json';
import type { Output } from '../output/streams';
import { absolutePath } from '../paths';
import { actionCommand, isReadOnly } from './options';

interface MigrateOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** A plan that was only shown, or that nobody said yes to, or what came of it. */
type Outcome = MigrationOutcome | MigrationPlan | { readonly kind: 'declined'; readonly database: string };

export function migrateCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('migrate')
    .summary('give a table of tasks the columns of leases')
    .description(
      'Add to the tasks table of a .todo2 project the four columns and three indexes that leases need. A backup is made first, beside the database.',
    )
    .argument('<path>', 'the project folder, or its database')
    .action(async (path: string, options: MigrateOptions, command: Command) => {
      end(await carryOut(path, options, isReadOnly(command), output));
    });
}

async function carryOut(path: string, options: MigrateOptions, readOnly: boolean, output: Output): Promise<ExitCode> {
  const dryRun = options.dryRun === true;
  const yes = options.yes === true;
  if (readOnly && !dryRun) {
    throw new CliError('Nothing was changed: --read-only refuses every action.', EXIT.refused);
  }
  if (!yes && !dryRun && !canAsk()) {
    throw new CliError(
      'Nothing was changed: there is no terminal to ask on. Look with --dry-run first, then say --yes.',
      EXIT.usage,
    );
  }
  const plan = await planMigration(absolutePath(path), { clock: createHost().clock });
  const outcome = dryRun || plan.kind !== 'planned' ? plan : await askAndMigrate(plan, yes, output);
  if (options.json === true) output.data(toJson(outcomeJson(outcome)));
  else print(outcome, output);
  return outcome.kind === 'planned' || outcome.kind === 'migrated' || outcome.kind === 'nothing'
    ? EXIT.done
    : EXIT.refused;
}

async function askAndMigrate(
  plan: MigrationPlan & { readonly kind: 'planned' },
  yes: boolean,
  output: Output,
): Promise<Outcome> {
  if (!yes) {
    output.say(planText(plan));
    if (!(await withInterrupt(confirmYes))) return { kind: 'declined', database: plan.database };
  }
  return migrate(plan);
}

function planText({ database, statements, backup }: MigrationPlan & { readonly kind: 'planned' }): string {
  return [
    `The tasks table of ${printablePath(database)} gets what leases need. Its tasks stay as they are.`,
    `Before that the database is copied to ${printablePath(backup)}.`,
    'Then, in one transaction:',
    ...statements.map((statement) => `  ${statement};`),
  ].join('\n');
}

function print(outcome: Outcome, output: Output): void {
  switch (outcome.kind) {
    case 'planned':
      output.data(planText(outcome));
      return;
    case 'migrated':
      output.data(
        `${printablePath(outcome.database)}: the tasks can be leased now. The database as it was: ${printablePath(outcome.backup)}`,
      );
      return;
    case 'nothing':
      output.data(`${printablePath(outcome.database)}: nothing is missing; nothing was changed.`);
      return;
    case 'declined':
      output.say('You did not say yes; nothing was changed.');
      return;
    case 'refused':
    case 'conflict':
    case 'busy':
    case 'failed':
      output.say(outcome.message);
      return;
    default:
      assertNever(outcome);
  }
}

function outcomeJson(outcome: Outcome): object {
  const { kind, ...rest } = outcome;
  return { database: null, statements: [], backup: null, message: null, ...rest, result: kind };
}
