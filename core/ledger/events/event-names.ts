import type { Dialect } from '../replay/replay';
import { parseGoInt } from './go-int';

/** The living program's name of event `sequence`: `000012.json`, more digits past 999999. */
export function livingName(sequence: number): string {
  return `${sequence.toString().padStart(6, '0')}.json`;
}

/** The seed's name of event `sequence`: `event-000012.json`. */
export function seedName(sequence: number): string {
  return `event-${livingName(sequence)}`;
}

/** The name under which event `sequence` is written in a dialect. */
export function eventName(sequence: number, dialect: Dialect): string {
  return dialect === 'living' ? livingName(sequence) : seedName(sequence);
}

/** Whether a name is that of an event which is being written, in either dialect: `.event-*.tmp`. */
export function isTempName(name: string): boolean {
  return name.startsWith('.event-') && name.endsWith('.tmp');
}

/** A name that stands for an event. */
export interface NumberedName {
  readonly name: string;
  /** Inexact above 2^53; `digits` is exact. */
  readonly sequence: number;
  /** The number in decimal digits, without sign and leading zeros. */
  readonly digits: string;
  readonly spelling: Dialect;
  /** Whether the name is spelled as the dialect writes it. */
  readonly canonical: boolean;
}

/**
 * The event that a file name stands for, by the spelling of either dialect; null for a name that both pass over.
 * A living name counts when Go's Atoi takes what is before `.json` and it is not negative: `3.json`, `+3.json` and
 * `-0.json` count, though none of them is spelled as it should be.
 */
export function parseEventName(name: string): NumberedName | null {
  if (!name.endsWith('.json')) return null;
  const isSeed = name.startsWith('event-');
  const base = name.slice(isSeed ? 'event-'.length : 0, -'.json'.length);
  if (isSeed && !/^[0-9]+$/.test(base)) return null;
  const number = parseGoInt(base);
  if (number === null || number.negative) return null;
  return {
    name,
    sequence: Number(number.digits),
    digits: number.digits,
    spelling: isSeed ? 'seed' : 'living',
    canonical: base === number.digits.padStart(6, '0'),
  };
}

/** The number that a file name bears in either dialect (inexact above 2^53); null when it is no event's name. */
export function eventNumber(name: string): number | null {
  return parseEventName(name)?.sequence ?? null;
}
