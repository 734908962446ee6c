import path from 'node:path';

/**
 * What an operator wrote after `npm start --` or `npm run dev --`. npm runs scripts in the checkout and keeps the
 * folder that it was called in under INIT_CWD; paths count from there.
 *
 * @returns {{ args: string[] } | { problem: string }} switches first, then absolute paths behind `--`
 */
export function readArguments(argv, env = process.env) {
  const from = env.npm_lifecycle_event !== undefined && env.INIT_CWD ? env.INIT_CWD : process.cwd();
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const paths = [...words.filter((word) => !word.startsWith('-')), ...(end < 0 ? [] : argv.slice(end + 1))];
  const switches = words.filter((word) => word.startsWith('-'));
  const unknown = switches.find((word) => word !== '--read-only');
  if (unknown !== undefined) {
    return { problem: `There is no switch ${unknown}. Usage: npm start [-- PATH… --read-only]` };
  }
  const absolute = paths.map((word) => path.resolve(from, word));
  return { args: [...switches, ...(absolute.length > 0 ? ['--', ...absolute] : [])] };
}
