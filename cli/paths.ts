import { resolve } from 'node:path';
import { CliError, EXIT } from './exit';

/** A path of the command line, absolute. An empty one, as an unset variable gives it, is not the folder that one is in. */
export function absolutePath(path: string): string {
  if (path === '') throw new CliError('A path is empty. For the folder that you are in, say "."', EXIT.usage);
  return resolve(path);
}
