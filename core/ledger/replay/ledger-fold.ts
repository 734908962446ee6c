import { eventName } from '../events/event-names';
import { EventPrints } from '../events/event-prints';
import type { LedgerFinding } from '../findings';
import type { Fault } from '../reading/faults';
import { type DialectFacts, NO_DIALECT_FACTS, noteType } from './dialect';
import type { DialectJudge } from './dialect-judge';
import { createLivingReplay } from './living-replay';
import type { Dialect, Replay } from './replay';
import { createSeedReplay } from './seed-replay';
import { TransitionLog } from './transition-log';
import type { YoungEvents } from './young-events';

/** So many findings about events are kept; of more, how many there are. */
const MOST_FINDINGS = 1_000;

/** What a fold came to, up to some event. */
export interface KeptFold {
  readonly replay: Replay;
  readonly prints: EventPrints;
  readonly log: TransitionLog;
  readonly findings: readonly LedgerFinding[];
  /** So many there are beside those. */
  readonly moreFindings: number;
  /** What the types of the events tell that were applied. */
  readonly typeFacts: DialectFacts;
}

/** A replay that has seen no event yet. */
export function createReplay(dialect: Dialect): Replay {
  return dialect === 'living' ? createLivingReplay() : createSeedReplay();
}

/** What the events of a ledger came to, applied one after the other from 1 on by the rules of one dialect. */
export class LedgerFold {
  readonly replay: Replay;
  readonly naming: Dialect;
  readonly prints: EventPrints;
  readonly log: TransitionLog;
  /** Worth telling of events that were applied: the first thousand. */
  readonly findings: LedgerFinding[];
  #moreFindings: number;
  /** Those that may have changed again without their times telling. Null where nobody will ask. */
  readonly young: YoungEvents | null;
  readonly #judge: DialectJudge;
  #typeFacts: DialectFacts;

  /** `judge` is told of every event; `kept` is what another fold of the same ledger came to. */
  constructor(
    dialect: Dialect,
    naming: Dialect,
    judge: DialectJudge,
    { young = null, kept = null }: { readonly young?: YoungEvents | null; readonly kept?: KeptFold | null } = {},
  ) {
    this.replay = kept?.replay ?? createReplay(dialect);
    this.naming = naming;
    this.prints = kept?.prints ?? new EventPrints();
    this.log = kept?.log ?? new TransitionLog();
    this.findings = kept === null ? [] : [...kept.findings];
    this.#moreFindings = kept?.moreFindings ?? 0;
    this.young = young;
    this.#typeFacts = kept?.typeFacts ?? NO_DIALECT_FACTS;
    this.#judge = judge;
  }

  /** So many findings there are beside those that are kept. */
  get moreFindings(): number {
    return this.#moreFindings;
  }

  get typeFacts(): DialectFacts {
    return this.#typeFacts;
  }

  /** The number of the last event; 0 when there is none. */
  get head(): number {
    return this.prints.last;
  }

  /** The file name of event `sequence`, as the events here are spelled. */
  nameOf(sequence: number): string {
    return eventName(sequence, this.naming);
  }

  /** Makes room at once for about so many more events. Room that is not needed is never touched. */
  reserve(more: number): void {
    this.prints.reserve(more);
    this.log.reserve(more);
  }

  /**
   * Applies the next event, of these bytes and a file with this print. The fault when its own tools would refuse it:
   * then nothing was applied. `areLasting` is as in `Replay.applyInto`.
   */
  apply(
    bytes: Uint8Array,
    inode: number,
    size: number,
    modifiedMs: number,
    changedMs: number,
    areLasting = false,
  ): Fault | null {
    const sequence = this.head + 1;
    const applied = this.replay.applyInto(this.log, sequence, bytes, areLasting);
    const { kind } = applied;
    // The living rules find the type as the judge does; those of the seed look for it in another way.
    const isKnown = kind === 'applied' && this.replay.dialect === 'living';
    const type = isKnown ? applied.type : this.#judge.addEvent(bytes);
    if (isKnown) this.#judge.addType(type);
    if (kind === 'refused') {
      return { sequence, finding: { ...applied.finding, file: `ledger/${this.nameOf(sequence)}` }, proven: true };
    }
    this.prints.add(inode, size, modifiedMs, changedMs);
    this.#typeFacts = noteType(this.#typeFacts, type);
    this.young?.note(sequence, changedMs, bytes);
    if (applied.findings.length > 0) this.#note(applied.findings);
    return null;
  }

  #note(findings: readonly LedgerFinding[]): void {
    for (const finding of findings) {
      if (this.findings.length < MOST_FINDINGS) this.findings.push(finding);
      else this.#moreFindings += 1;
    }
  }
}
