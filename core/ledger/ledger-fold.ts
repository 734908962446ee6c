import type { DialectJudge } from './dialect-judge';
import { eventName } from './event-names';
import { EventPrints } from './event-prints';
import type { Fault } from './faults';
import type { LedgerFinding } from './findings';
import { createLivingReplay } from './living-replay';
import type { Dialect, Replay } from './replay';
import { createSeedReplay } from './seed-replay';
import { TransitionLog } from './transition-log';

/** What the events of a ledger came to, applied one after the other from 1 on by the rules of one dialect. */
export class LedgerFold {
  readonly replay: Replay;
  readonly naming: Dialect;
  readonly prints = new EventPrints();
  readonly log = new TransitionLog();
  /** Worth telling of events that were applied. */
  readonly findings: LedgerFinding[] = [];
  readonly #judge: DialectJudge;

  /** `judge` is told of every event. */
  constructor(dialect: Dialect, naming: Dialect, judge: DialectJudge) {
    this.replay = dialect === 'living' ? createLivingReplay() : createSeedReplay();
    this.naming = naming;
    this.#judge = judge;
  }

  /** The number of the last event; 0 when there is none. */
  get head(): number {
    return this.prints.last;
  }

  /** The file name of event `sequence`, as the events here are spelled. */
  nameOf(sequence: number): string {
    return eventName(sequence, this.naming);
  }

  /**
   * Applies the next event, of these bytes and a file with this print. The fault when its own tools would refuse it:
   * then nothing was applied.
   */
  apply(bytes: Uint8Array, inode: number, size: number, modifiedMs: number): Fault | null {
    const sequence = this.head + 1;
    const applied = this.replay.applyInto(this.log, sequence, bytes);
    // The living rules find the type as the judge does; those of the seed look for it in another way.
    if (applied.kind === 'applied' && this.replay.dialect === 'living') this.#judge.addType(applied.type);
    else this.#judge.addEvent(bytes);
    if (applied.kind === 'refused') {
      return { sequence, finding: { ...applied.finding, file: `ledger/${this.nameOf(sequence)}` }, proven: true };
    }
    this.prints.add(inode, size, modifiedMs);
    if (applied.findings.length > 0) this.findings.push(...applied.findings);
    return null;
  }
}
