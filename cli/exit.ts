/** What the command line ends with. */
export const EXIT = {
  done: 0,
  /** Refused, in conflict, failed, or the path holds nothing to look at. */
  refused: 1,
  usage: 2,
  /** A source cannot be read by its own tools. */
  unreadable: 3,
  /** What was read anew is not what was shown. */
  differed: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one sentence on stderr. The message is fit to print: hostile text in it is already quoted. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
    this.name = 'CliError';
  }
}
