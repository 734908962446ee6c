import { readdirSync, readFileSync } from 'node:fs';

/** The command lines, by pid, of all processes whose environment names this data folder: a start and its children. */
export function family(home: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  if (process.platform !== 'linux') return found;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(`LOCKSCOPE_HOME=${home}`)) continue;
      found.set(Number(name), readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}
