import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { MendOffer } from '../../model';
import type { LedgerFinding } from '../findings';
import { QUARANTINE } from '../locks/quarantine';
import type { TempFile } from '../reading/temp-files';
import type { ActionGround } from '../writing/check-claim';
import { crashedIn, crashFindings, findLeftovers } from './leftovers';
import { findSubject } from './mend-subject';

/** What may be mended once nobody writes any more is looked at again after this long, in ms. */
const LATER_MS = 2_200;
/** The same of leftover files of which none came or went. */
const LEFTOVERS_KNOWN_MS = 2_000;
/** What lies in an unchanged quarantine is looked at again after this long, in ms. */
const CRASHED_KNOWN_MS = 5_000;

/** What was found out of the end of a ledger. */
interface Trailing {
  readonly key: string;
  /** Which fault it was about. */
  readonly fault: string;
  readonly atMs: number;
  readonly offer: MendOffer | null;
  /** It is looked at again though nothing changes any more. */
  readonly later: boolean;
}

/** Finds out which mends a ledger needs, and offers them with its findings. */
export class LedgerMends {
  readonly #ground: () => ActionGround;
  #trailing: Trailing | null = null;
  #crashed: { readonly key: string; readonly atMs: number; readonly names: readonly string[] } | null = null;
  #leftovers: {
    readonly files: readonly TempFile[];
    readonly crashed: readonly string[];
    readonly atMs: number;
    readonly offer: MendOffer | null;
  } | null = null;

  constructor(ground: () => ActionGround) {
    this.#ground = ground;
  }

  /** In how many ms to look again, though nothing tells of a change; null when there is no need. */
  get nextLookMs(): number | null {
    return this.#trailing?.later === true ? LATER_MS : null;
  }

  /** Looks what there is to mend. The ledger must have been read just before. Rejects only when aborted. */
  async look(signal: AbortSignal): Promise<void> {
    const ground = this.#ground();
    this.#lookForLeftovers(ground, this.#lookForCrashed(ground));
    const key = this.#keyOf(ground);
    if (key === null) this.#trailing = null;
    // What it costs to find out is only paid when something changed.
    else if (this.#trailing?.key !== key || this.#trailing.later) {
      const atMs = performance.now();
      const { reader } = ground;
      const fault = `${(reader.fault?.sequence ?? 0).toString()} ${reader.fault?.finding.message ?? ''}`;
      if (this.#trailing?.offer === null && this.#trailing.fault === fault && atMs - this.#trailing.atMs < LATER_MS) {
        // Somebody goes on writing behind the same fault: each look costs as much as the ledger is long.
        this.#trailing = { ...this.#trailing, later: true };
        return;
      }
      const found = await findSubject(ground, 'trailing-events', signal);
      this.#trailing =
        found.kind === 'not'
          ? { key, fault, atMs, offer: null, later: found.later }
          : { key, fault, atMs, offer: { mend: 'trailing-events', seen: found.subject.seen }, later: false };
    }
  }

  /** The findings, and what crashes of ours left, each with the mend that there is for it. */
  withOffers(found: readonly LedgerFinding[]): readonly LedgerFinding[] {
    const findings = [...found, ...crashFindings(this.#crashed?.names ?? [])];
    const fault = this.#ground().reader.fault?.finding;
    const [trailing, leftovers] = [this.#trailing?.offer ?? null, this.#leftovers?.offer ?? null];
    return findings.map((finding) => {
      if (trailing !== null && finding === fault) return { ...finding, mend: trailing };
      return leftovers !== null && finding.code === 'temp-file-left' ? { ...finding, mend: leftovers } : finding;
    });
  }

  /** Judges leftover files when some came or went, and now and then because they grow old and their writers end. */
  #lookForLeftovers(ground: ActionGround, crashed: readonly string[]): void {
    const { tempFiles: files } = ground.reader;
    const nowMs = performance.now();
    const known = this.#leftovers;
    if (known?.files === files && known.crashed === crashed && nowMs - known.atMs < LEFTOVERS_KNOWN_MS) return;
    const { names, seen } = findLeftovers(ground, crashed);
    this.#leftovers = {
      files,
      crashed,
      atMs: nowMs,
      offer: names.length === 0 ? null : { mend: 'leftover-files', seen },
    };
  }

  /** Looks into the quarantine when it changed, and now and then because a process may have ended. */
  #lookForCrashed(ground: ActionGround): readonly string[] {
    const key = timesOf(join(ground.reader.folder, QUARANTINE));
    const nowMs = performance.now();
    if (this.#crashed?.key !== key || nowMs - this.#crashed.atMs > CRASHED_KNOWN_MS) {
      this.#crashed = { key, atMs: nowMs, names: key === '' ? [] : crashedIn(ground) };
    }
    return this.#crashed.names;
  }

  /** What tells that another answer may be due: the fault, its file, and the time of the folder. Null without a fault. */
  #keyOf({ reader }: ActionGround): string | null {
    const { fault } = reader;
    if (fault === null || !fault.proven || reader.outOfReach !== null) return null;
    const file = fault.finding.file ?? reader.nameOf(fault.sequence);
    const at = file.startsWith('ledger/') ? join(reader.proofFolder, file) : join(reader.folder, file);
    return JSON.stringify([fault.sequence, fault.finding.message, timesOf(reader.folder), timesOf(at)]);
  }
}

function timesOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true });
    return [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(':');
  } catch {
    return '';
  }
}
