import type { Finding, Severity } from '../model';

/**
 * Everything that can be wrong with a ledger. Closed: readers, replays, locks and actions use these codes and no others.
 *
 * - `gap`, `duplicate-number`, `misspelt-name`: the numbers of the event files (protocol 1, *What the living replay does*).
 * - `too-large`, `invalid-json`, `unparsable`, `unknown-type`, `refused-transition`: one event that cannot be read or applied.
 *   `invalid-json` is not JSON at all, `unparsable` is JSON whose fields cannot be used.
 * - `released-unheld`, `released-by-other`, `double-holder`: seed dialect, legal to read and worth telling.
 * - `write-lock-held`: somebody has held `ledger.lock` for so long that no writer gets it.
 * - `mixed-dialects`: evidence for both dialects; shown, never written to.
 * - `temp-file-left`: an append that did not end.
 * - `not-a-regular-file`, `link-out-of-source`, `unreadable-file`: what stands in the place of an event.
 * - `event-changed`: another file was written over an event after it had been read.
 * - `clock-skew`: a time that lies ahead of this machine's clock.
 * - `lock-file-unusable`: `locks/*.lock`.
 * - `unusable-lock-timeout`: `meta.json`.
 */
export type LedgerFindingCode =
  | 'gap'
  | 'duplicate-number'
  | 'misspelt-name'
  | 'too-large'
  | 'invalid-json'
  | 'unparsable'
  | 'unknown-type'
  | 'refused-transition'
  | 'released-unheld'
  | 'released-by-other'
  | 'double-holder'
  | 'write-lock-held'
  | 'mixed-dialects'
  | 'temp-file-left'
  | 'not-a-regular-file'
  | 'link-out-of-source'
  | 'unreadable-file'
  | 'event-changed'
  | 'clock-skew'
  | 'lock-file-unusable'
  | 'unusable-lock-timeout';

/** A finding whose code is one of the ledger's. */
export interface LedgerFinding extends Finding {
  readonly code: LedgerFindingCode;
}

/** Makes a finding about a ledger. `at` is the event number, `file` the name relative to the source. */
export function ledgerFinding(
  code: LedgerFindingCode,
  severity: Severity,
  message: string,
  where: { readonly at?: number | null; readonly file?: string | null } = {},
): LedgerFinding {
  return { code, severity, message, at: where.at ?? null, file: where.file ?? null };
}

/** How every finding begins that says from where on a ledger's own program cannot read it. */
function beginning(sequence: number): string {
  return `Its own tools cannot read it from #${sequence.toString()}: `;
}

/**
 * The finding for an event that the ledger's own program refuses: from there on it cannot read the ledger at all.
 * `reason` is the rest of the sentence, without its full stop; hostile text in it is quoted already.
 */
export function unreadableFrom(
  code: LedgerFindingCode,
  sequence: number,
  reason: string,
  file: string | null = null,
): LedgerFinding {
  return ledgerFinding(code, 'error', `${beginning(sequence)}${reason}.`, { at: sequence, file });
}

/** The reason alone in a finding of `unreadableFrom`, with its full stop; the whole message of any other. */
export function reasonIn(finding: LedgerFinding): string {
  const start = finding.at === null ? '' : beginning(finding.at);
  return start !== '' && finding.message.startsWith(start) ? finding.message.slice(start.length) : finding.message;
}
