import { quoteHostile } from '../../model';
import { asBuffer, type EventRefusal, MAX_EVENT_BYTES, refuseBytes } from '../events/event-bytes';
import { scanEventType } from '../events/event-type';
import { decodeGo, type GoType } from '../events/go-decode';
import { compareNodeIds } from '../events/node-id';
import { unreadableFrom } from '../findings';
import { Digest, toLedgerClaim } from './claim-record';
import { isLivingType, LIVING_EVENTS, type LivingEvents, type LivingType } from './living-events';
import { type LivingEvent, type Step, stepOf } from './living-rules';
import { LivingState } from './living-state';
import { applyPlain } from './plain-event';
import type { ApplyOutcome, LedgerClaim, Replay } from './replay';
import type { TransitionLog } from './transition-log';

type Read = EventRefusal | { readonly kind: 'event'; readonly event: LivingEvent };

const NONE: readonly never[] = [];

/** Reads one event as the living program does, in its order: size, JSON, type, fields. */
function readEvent(bytes: Uint8Array): Read {
  const unreadable = refuseBytes(bytes);
  if (unreadable !== null) return unreadable;
  const buffer = asBuffer(bytes);
  const scanned = scanEventType(buffer);
  if (scanned.kind === 'none') return { kind: 'refused', code: 'unparsable', reason: scanned.fault };
  const { type } = scanned;
  if (!isLivingType(type)) {
    const reason =
      type === '' ? 'its type is empty' : `"${quoteHostile(type)}" is no event type that this program knows`;
    return { kind: 'refused', code: 'unknown-type', reason };
  }
  const decoder: GoType<LivingEvents[LivingType]> = LIVING_EVENTS[type];
  const { value, fault } = decodeGo(decoder, buffer);
  if (fault !== null) return { kind: 'refused', code: 'unparsable', reason: `${type}: ${fault}` };
  // The type and its own fields: a pair of the union, which the compiler cannot follow through the table.
  return { kind: 'event', event: { type, value } as LivingEvent };
}

/**
 * The living program's replay (protocol 1, *What the living replay does*): it accepts exactly the events that
 * program accepts, and a refused one changes nothing. Findings name the event and why.
 */
class LivingReplay implements Replay {
  readonly dialect = 'living';
  readonly #state = new LivingState();

  apply(sequence: number, bytes: Uint8Array): ApplyOutcome {
    return this.#step(sequence, bytes, null, true, false);
  }

  applyInto(log: TransitionLog, sequence: number, bytes: Uint8Array, areLasting = false): ApplyOutcome {
    const isLong = bytes.length > MAX_EVENT_BYTES;
    const plain = isLong ? null : applyPlain(this.#state, log, sequence, asBuffer(bytes), areLasting);
    return plain ?? this.#step(sequence, bytes, log, true, areLasting);
  }

  letGo(): void {
    for (const node of this.#state.claimed) this.#state.nodes.get(node)?.claim?.digest.detach();
  }

  check(sequence: number, bytes: Uint8Array): ApplyOutcome {
    return this.#step(sequence, bytes, null, false, false);
  }

  claim(node: string): LedgerClaim | undefined {
    const state = this.#state.nodes.get(node);
    return state === undefined || state.claim === null ? undefined : toLedgerClaim(node, state.claim, state.statement);
  }

  claims(): readonly LedgerClaim[] {
    const claims: LedgerClaim[] = [];
    for (const node of [...this.#state.claimed].sort(compareNodeIds)) {
      const claim = this.claim(node);
      if (claim !== undefined) claims.push(claim);
    }
    return claims;
  }

  *parts(): IterableIterator<string> {
    yield* this.#state.parts();
  }

  takeUp(part: string): void {
    this.#state.takeUp(part);
  }

  #step(
    sequence: number,
    bytes: Uint8Array,
    log: TransitionLog | null,
    commit: boolean,
    areLasting: boolean,
  ): ApplyOutcome {
    const read = readEvent(bytes);
    if (read.kind === 'refused') {
      return { kind: 'refused', finding: unreadableFrom(read.code, sequence, read.reason) };
    }
    const step: Step = stepOf(this.#state, read.event, sequence, () => new Digest(bytes, areLasting));
    if (step.kind === 'refused') {
      return { kind: 'refused', finding: unreadableFrom('refused-transition', sequence, step.reason) };
    }
    if (commit) step.commit();
    if (log === null) return { kind: 'applied', type: read.event.type, transitions: step.transitions, findings: NONE };
    for (const transition of step.transitions) log.add(transition);
    return { kind: 'applied', type: read.event.type, transitions: NONE, findings: NONE };
  }
}

/** A living replay that has seen no event yet. */
export function createLivingReplay(): Replay {
  return new LivingReplay();
}
