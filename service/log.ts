/** Writes one line to stderr, for whoever looks into trouble. Never throws; never give it a secret. */
export function log(what: string, error?: unknown): void {
  const detail =
    error === undefined ? '' : `: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  process.stderr.write(`lockscope: ${what}${detail}\n`);
}
