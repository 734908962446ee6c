import { inspect } from 'node:util';

/** Writes one line to stderr, for whoever looks into trouble. Never throws; never give it a secret. */
export function log(what: string, error?: unknown): void {
  process.stderr.write(`lockscope: ${what}${error === undefined ? '' : `: ${inspect(error)}`}\n`);
}
