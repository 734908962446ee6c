import { Command, InvalidArgumentError } from 'commander';

/** What all actions have in common. */
export interface ActionOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly reason?: string;
  readonly seen?: string;
}

/** A command with the options of every action. */
export function actionCommand(name: string): Command {
  return new Command(name)
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--yes', 'do not ask; needed where there is no terminal to ask on')
    .option('--json', 'print the results as one JSON object');
}

/** Refuses an empty or blank value. */
export function notBlank(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It may not be empty.');
  return value;
}

/** Whether `--read-only` was said anywhere on the command line. */
export function isReadOnly(command: Command): boolean {
  return command.optsWithGlobals<{ readOnly?: true }>().readOnly === true;
}
