import type { Holder } from '../core/model';
import type { JudgedClaim } from './judged-claim';

/**
 * Claims by their holder, across all sources and mechanisms: by its name, and by its process. Every operation costs O(1),
 * whatever there is.
 */
export class HolderIndex {
  readonly #byMark = new Map<string, Set<JudgedClaim>>();

  /** A claim that names nobody is not kept: two of them have nothing in common. */
  add(entry: JudgedClaim): void {
    for (const mark of marksOf(entry.claim.holder)) {
      const entries = this.#byMark.get(mark);
      if (entries === undefined) this.#byMark.set(mark, new Set([entry]));
      else entries.add(entry);
    }
  }

  /** Has to be called before the claim of `entry` is replaced. */
  delete(entry: JudgedClaim): void {
    for (const mark of marksOf(entry.claim.holder)) {
      const entries = this.#byMark.get(mark);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byMark.delete(mark);
    }
  }

  /** At most `limit` other claims of the holder of `entry`. */
  others(entry: JudgedClaim, limit: number): readonly JudgedClaim[] {
    const found = new Set<JudgedClaim>();
    for (const mark of marksOf(entry.claim.holder)) {
      for (const other of this.#byMark.get(mark) ?? []) {
        if (found.size >= limit) return [...found];
        if (other !== entry && mayBeOne(other.claim.holder, entry.claim.holder)) found.add(other);
      }
    }
    return [...found];
  }
}

function marksOf({ name, process }: Holder): readonly string[] {
  const marks: string[] = [];
  if (name !== null && name !== '') marks.push(`name ${name}`);
  if (process !== null) marks.push(`process ${process.pid.toString()} ${process.host}`);
  return marks;
}

/** Two processes that are both known for certain are two, also where they are called alike or had one number in turn. */
function mayBeOne({ process: a }: Holder, { process: b }: Holder): boolean {
  if (a === null || b === null || a.startTicks === null || b.startTicks === null || a.host !== b.host) return true;
  return a.pid === b.pid && a.startTicks === b.startTicks;
}
