import type { JudgedClaim } from './judged-claim';

/** Claims by the name of their holder, across all sources. Every operation costs O(1), whatever there is. */
export class HolderIndex {
  readonly #byName = new Map<string, Set<JudgedClaim>>();

  /** A claim that names nobody is not kept: two of them have nothing in common. */
  add(entry: JudgedClaim): void {
    const name = entry.claim.holder.name;
    if (name === null || name === '') return;
    const entries = this.#byName.get(name);
    if (entries === undefined) this.#byName.set(name, new Set([entry]));
    else entries.add(entry);
  }

  /** Has to be called before the claim of `entry` is replaced. */
  delete(entry: JudgedClaim): void {
    const name = entry.claim.holder.name;
    if (name === null) return;
    const entries = this.#byName.get(name);
    if (entries === undefined) return;
    entries.delete(entry);
    if (entries.size === 0) this.#byName.delete(name);
  }

  /** At most `limit` other claims of the holder of `entry`. */
  others(entry: JudgedClaim, limit: number): readonly JudgedClaim[] {
    const found: JudgedClaim[] = [];
    for (const other of this.#byName.get(entry.claim.holder.name ?? '') ?? []) {
      if (found.length >= limit) break;
      if (other !== entry) found.push(other);
    }
    return found;
  }
}
