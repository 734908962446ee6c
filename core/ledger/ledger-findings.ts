import type { ProcessTable } from '../host/host';
import { allEvidence, type Claim, formatDuration, isOver, quoteHostile } from '../model';
import { type LedgerFinding, ledgerFinding } from './findings';
import { parseOwnTempName } from './locks/lock-content';
import { LOCK_FILE_TOLERANCE_MS, type LockFile } from './locks/lock-files';
import type { LedgerReader } from './reading/ledger-reader';
import type { TempFile } from './reading/temp-files';
import type { LedgerClaim } from './replay/replay';

/** A temp file of a living writer is gone within milliseconds; after this long, in ms, nobody will finish it. */
const TEMP_FILE_LEFT_AFTER_MS = 30_000;

const MOST_NAMED = 20;

/** Temp files that an append left behind (`more`: so many were not looked at): at once where the writer is one of ours and proven dead, else by their age. */
export function tempFileFindings(
  files: readonly TempFile[],
  more: number,
  processes: ProcessTable,
  nowMs: number,
): readonly LedgerFinding[] {
  const left = files.flatMap((file) => {
    const message = leftBy(file, processes, nowMs);
    return message === null ? [] : [ledgerFinding('temp-file-left', 'info', message, { file: `ledger/${file.name}` })];
  });
  const unnamed = Math.max(0, left.length - MOST_NAMED) + more;
  if (unnamed === 0) return left;
  const words =
    more === 0
      ? `${unnamed.toString()} more temp files were left in the ledger folder.`
      : `There are ${unnamed.toString()} more temp files in the ledger folder, of which only the first were looked at.`;
  return [...left.slice(0, MOST_NAMED), ledgerFinding('temp-file-left', 'info', words)];
}

/** Whether any temp file is not known to be left: its writer may be at work, or end. */
export function mayStillBeWritten(files: readonly TempFile[], processes: ProcessTable, nowMs: number): boolean {
  return files.some((file) => leftBy(file, processes, nowMs) === null);
}

/** Why a temp file is taken to be left behind, in sentences; null when its writer may be at work. */
export function leftBy(file: TempFile, processes: ProcessTable, nowMs: number): string | null {
  const shown = quoteHostile(file.name, 96);
  const own = parseOwnTempName(file.name, processes.self());
  if (own !== null) {
    const state = processes.stateOf(own);
    if (state.kind === 'alive') return null;
    if (state.kind === 'gone') {
      return `${shown} was left by Lockscope: its process ${own.pid.toString()} ended in the middle of a write. It is harmless, no tool reads it.`;
    }
  }
  const ageMs = nowMs - file.modifiedMs;
  if (ageMs < TEMP_FILE_LEFT_AFTER_MS) return null;
  return `${shown} was left ${formatDuration(ageMs)} ago by a writer that did not finish. It is harmless, no tool reads it.`;
}

/** Claims of the ledger and lock files that give one node to two, both running. */
export function doubleHolderFindings(
  claims: (node: string) => LedgerClaim | undefined,
  lockFiles: readonly LockFile[],
  nowMs: number,
): readonly LedgerFinding[] {
  return lockFiles.flatMap((file) => {
    const claim = claims(file.node);
    if (claim === undefined || claim.owner === file.owner || claim.expiresAt === null) return [];
    if (isOver(claim.expiresAt, 0, nowMs) || isOver(file.expiresAt, LOCK_FILE_TOLERANCE_MS, nowMs)) return [];
    const message = `Node ${quoteHostile(file.node)} has two holders: ${quoteHostile(claim.owner)} by the ledger, ${quoteHostile(file.owner)} by ${quoteHostile(file.file)}.`;
    return [ledgerFinding('double-holder', 'error', message, { at: claim.changedBy, file: file.file })];
  });
}

/** Evidence for both dialects in one ledger. */
export function mixedFinding(reader: LedgerReader): readonly LedgerFinding[] {
  if (reader.mixed === null) return [];
  const message = `${reader.mixed} It is read by the rules of the ${reader.dialect} dialect; nothing is written into it.`;
  return [ledgerFinding('mixed-dialects', 'warning', message)];
}

/** Events that another file was written over. What is shown is what the files say now. */
export function replacedFindings(
  replaced: ReadonlySet<number>,
  nameOf: (sequence: number) => string,
): readonly LedgerFinding[] {
  const named = [...replaced].slice(0, MOST_NAMED).map((sequence) => {
    const event = `#${sequence.toString()}`;
    const message = `Event ${event} is not the file that was read here before: somebody wrote over it, as a writer does that was stopped and goes on. What it said before may be lost; claims are shown as the file says now. Ask the holders.`;
    return ledgerFinding('event-changed', 'error', message, { at: sequence, file: `ledger/${nameOf(sequence)}` });
  });
  const more = replaced.size - named.length;
  if (more <= 0) return named;
  return [...named, ledgerFinding('event-changed', 'error', `${more.toString()} more events were written over.`)];
}

/** A write lock that has been held for far longer than a write takes: every other writer gives up meanwhile. */
export function heldLockFinding(lock: Claim | null, nowMs: number): readonly LedgerFinding[] {
  if (lock === null || !allEvidence(lock, nowMs).some((e) => e.kind === 'lock-presumed-stale')) return [];
  const since = lock.acquiredAt === null ? '' : ` since ${lock.acquiredAt.text}`;
  const message = `ledger.lock is held${since}, far longer than a write takes. No tool can write until it is gone.`;
  return [ledgerFinding('write-lock-held', 'warning', message, { file: 'ledger/ledger.lock' })];
}

/** Claims whose time lies ahead of this machine's clock. */
export function clockFinding(
  ahead: { readonly node: string; readonly aheadMs: number } | null,
): readonly LedgerFinding[] {
  if (ahead === null) return [];
  const message = `Node ${quoteHostile(ahead.node)} was claimed ${formatDuration(ahead.aheadMs)} in the future by this machine's clock: one of the clocks is wrong.`;
  return [ledgerFinding('clock-skew', 'warning', message)];
}
