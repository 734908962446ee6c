import type { Dialect } from '../replay/replay';
import { eventName, parseEventName } from './event-names';
import type { LedgerNames } from './ledger-names';

/** A file that is named like an event. */
export interface EventFile {
  readonly name: string;
  /** Inexact above 2^53. */
  readonly sequence: number;
}

/** What a ledger folder holds of files that count as events, by their names alone. */
export interface SortedNames {
  /** The well spelled ones begin with 1 to this one, without a gap. */
  readonly consecutive: number;
  /** So many well spelled ones stand behind a gap. */
  readonly behindGap: number;
  /** Misspelt, doubled or of number 0: its tools never read them, and fail because they are there. By number. */
  readonly extra: readonly EventFile[];
  /** The number of the last well spelled one; 0 when there is none. */
  readonly last: number;
  /** All well spelled ones after number `good`, which is at most `consecutive`. By number. */
  after(good: number): readonly EventFile[];
}

/** Sorts the names of a ledger folder, whose events are named as `naming` does. Cost follows their number. Pure. */
export function sortNames(names: LedgerNames, naming: Dialect): SortedNames {
  const numbers = names.plain(naming).slice().sort();
  const far: EventFile[] = [];
  const extra: EventFile[] = numbers[0] === 0 ? [{ name: eventName(0, naming), sequence: 0 }] : [];
  for (const { name, isFolder } of names.others) {
    const parsed = isFolder ? null : parseEventName(name);
    if (parsed?.spelling !== naming) continue;
    const { sequence } = parsed;
    (parsed.canonical && sequence > 0 ? far : extra).push({ name, sequence });
  }
  far.sort(bySequence);
  extra.sort(bySequence);
  let at = 0;
  let consecutive = 0;
  // A listing may tell a name twice while it changes.
  for (; at < numbers.length && (numbers[at] ?? 0) <= consecutive + 1; at += 1) consecutive = numbers[at] ?? 0;
  const behind = [...new Set(numbers.subarray(at))];
  return {
    consecutive,
    behindGap: behind.length + far.length,
    extra,
    last: far.at(-1)?.sequence ?? behind.at(-1) ?? consecutive,
    after: (good) => {
      const next = Array.from({ length: consecutive - good }, (_, index) => good + 1 + index);
      return [...[...next, ...behind].map((sequence) => ({ name: eventName(sequence, naming), sequence })), ...far];
    },
  };
}

function bySequence(a: EventFile, b: EventFile): number {
  return a.sequence - b.sequence || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
