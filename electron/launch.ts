import { resolve } from 'node:path';

/** What a command line asks for. */
export interface Launch {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly readOnly: boolean;
}

interface Program {
  readonly cwd: string;
  /** Where the application itself is: while it is not packaged, that is an argument too. */
  readonly appPath: string;
  readonly packaged: boolean;
}

/**
 * Reads the arguments of a start. Chromium's own switches stand among them and are passed over, so a folder
 * whose name begins with a dash must follow `--`.
 */
export function readLaunch(argv: readonly string[], program: Program): Launch {
  const all = argv.slice(1);
  const app = program.packaged ? -1 : all.findIndex((arg) => resolve(program.cwd, arg) === program.appPath);
  const args = all.slice(app + 1);
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const after = end === -1 ? [] : args.slice(end + 1);
  const given = [...before.filter((arg) => !arg.startsWith('-')), ...after].filter((arg) => arg !== '');
  return {
    paths: given.map((path) => resolve(program.cwd, path)),
    readOnly: before.includes('--read-only'),
  };
}
