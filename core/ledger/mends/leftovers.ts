import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { quoteHostile } from '../../model';
import { type LedgerFinding, ledgerFinding } from '../findings';
import { leftBy } from '../ledger-findings';
import { isEmpty } from '../locks/kept-files';
import { parseMark } from '../locks/lock-content';
import { isSameLock, printOf } from '../locks/lock-print';
import { agentOfQuarantined, idOfQuarantined, type Kept, listKept, QUARANTINE, readKept } from '../locks/quarantine';
import type { TakeGround } from '../locks/take-target';

/** So many leftover files are taken away at once, and named. */
const MOST_LEFTOVERS = 400;
const MOST_NAMED = 20;
/** So many locks in a quarantine are looked at. */
const MOST_LOOKED_AT = 1_000;

/** Files that dead writers left, and the token for exactly these. */
export interface Leftovers {
  /** Relative to the ledger folder, by name. */
  readonly names: readonly string[];
  readonly seen: string;
}

/** What is left in a ledger folder by writers that ended, as far as it is known that nobody will finish it. Never throws. */
export function findLeftovers({ reader, host }: TakeGround, crashed: readonly string[]): Leftovers {
  const nowMs = host.clock.nowMs();
  const temp = reader.tempFiles.filter((file) => leftBy(file, host.processes, nowMs) !== null).map(({ name }) => name);
  const names = [...temp, ...crashed].sort().slice(0, MOST_LEFTOVERS);
  const states = names.map((name) => [name, stateOf(join(reader.folder, name))]);
  const digest = createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 24);
  return { names, seen: `${names.length.toString()}.${digest}` };
}

/** The findings for what `crashedIn` told. */
export function crashFindings(crashed: readonly string[]): readonly LedgerFinding[] {
  return crashed
    .slice(0, MOST_NAMED)
    .map((name) =>
      ledgerFinding(
        'temp-file-left',
        'info',
        `${quoteHostile(name, 120)} was left by Lockscope, whose process ended while it took something away. It is harmless, no tool reads it.`,
        { file: `ledger/${name}` },
      ),
    );
}

/**
 * What is in the quarantine and belongs to nothing that was taken away: a lock of ours that was never swapped in, and
 * what was written down about files that were then not taken, or are back. Only where our process is proven dead.
 * Relative to the ledger folder. Never throws.
 */
export function crashedIn({ reader, host }: TakeGround): readonly string[] {
  const quarantine = join(reader.folder, QUARANTINE);
  const isDead = (takenBy: string): boolean => {
    const mark = parseMark(takenBy);
    return mark !== null && host.processes.stateOf(mark.process).kind === 'gone';
  };
  let names: readonly string[];
  try {
    names = readdirSync(quarantine);
  } catch {
    return [];
  }
  const mayBeLocks = names.filter((name) => name.endsWith('.lock')).slice(0, MOST_LOOKED_AT);
  const locks = mayBeLocks
    .filter((name) => {
      const agent = agentOfQuarantined(reader.folder, name);
      return agent !== null && isDead(agent);
    })
    .slice(0, MOST_LEFTOVERS)
    // An abandoned lock of ours that was taken away bears the mark of a dead process too, and can be put back.
    .filter((name) => !isTaken(reader.folder, name));
  const idle = (kept: Kept): boolean => {
    const [{ name }] = kept.files;
    return isDead(kept.takenBy) && (isEmpty(reader.folder, kept) || (kept.files.length === 1 && locks.includes(name)));
  };
  const all = new Set(names);
  const records = listKept(reader.folder)
    .filter(idle)
    .map(({ id }) => `${id}.json`)
    .filter((name) => all.has(name));
  return [...locks, ...records].map((name) => `${QUARANTINE}/${name}`);
}

/** Whether a lock in quarantine is exactly the one that is written down as taken away. */
function isTaken(folder: string, name: string): boolean {
  const file = readKept(folder, idOfQuarantined(name))?.files.find((each) => each.name === name);
  const print = file === undefined ? null : printOf(join(folder, QUARANTINE, name));
  return file !== undefined && print !== null && isSameLock(print, file.print);
}

function stateOf(path: string): string {
  try {
    const { ino, size, mtimeNs } = lstatSync(path, { bigint: true });
    return [ino, size, mtimeNs].join(':');
  } catch {
    return '';
  }
}
