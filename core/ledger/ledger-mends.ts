import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { MendKind, MendOffer } from '../model';
import type { ActionGround } from './check-claim';
import type { LedgerFinding } from './findings';
import { findSubject } from './mend-subject';

/** What may be mended once nobody writes any more is looked at again after this long, in ms. */
const LATER_MS = 2_200;

/** Finds out which mends a ledger needs, and offers them with its findings. */
export class LedgerMends {
  readonly #ground: () => ActionGround;
  #trailing: { readonly key: string; readonly offer: MendOffer | null; readonly later: boolean } | null = null;
  #leftovers: MendOffer | null = null;

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
    const { reader } = ground;
    this.#leftovers = reader.tempFiles.length === 0 ? null : (await this.#find(ground, 'leftover-files', signal)).offer;
    const key = this.#keyOf(ground);
    if (key === null) this.#trailing = null;
    // What it costs to find out is only paid when something changed.
    else if (this.#trailing?.key !== key || this.#trailing.later) {
      this.#trailing = { key, ...(await this.#find(ground, 'trailing-events', signal)) };
    }
  }

  /** The findings, each with the mend that there is for it. */
  withOffers(findings: readonly LedgerFinding[]): readonly LedgerFinding[] {
    const fault = this.#ground().reader.fault?.finding;
    const [trailing, leftovers] = [this.#trailing?.offer ?? null, this.#leftovers];
    return findings.map((finding) => {
      if (trailing !== null && finding === fault) return { ...finding, mend: trailing };
      return leftovers !== null && finding.code === 'temp-file-left' ? { ...finding, mend: leftovers } : finding;
    });
  }

  async #find(ground: ActionGround, mend: MendKind, signal: AbortSignal) {
    const found = await findSubject(ground, mend, signal);
    return found.kind === 'not'
      ? { offer: null, later: found.later }
      : { offer: { mend, seen: found.subject.seen }, later: false };
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
