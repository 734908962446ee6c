interface Slot<T> {
  readonly value: T;
  atMs: number;
  index: number;
}

/**
 * Values ordered by the moment at which each is due, the earliest first.
 * Every change costs O(log n), asking for the next moment O(1).
 */
export class ExpiryHeap<T extends object> {
  readonly #slots: Slot<T>[] = [];
  readonly #byValue = new Map<T, Slot<T>>();

  get size(): number {
    return this.#slots.length;
  }

  /** The earliest moment (unix ms); null when nothing is due at any time. */
  next(): number | null {
    return this.#slots[0]?.atMs ?? null;
  }

  /** Makes `value` due at `atMs` (unix ms) and at no other moment; null means never. */
  set(value: T, atMs: number | null): void {
    const slot = this.#byValue.get(value);
    if (atMs === null || !Number.isFinite(atMs)) {
      if (slot !== undefined) this.#remove(slot);
      return;
    }
    if (slot === undefined) {
      const added: Slot<T> = { value, atMs, index: this.#slots.length };
      this.#byValue.set(value, added);
      this.#slots.push(added);
      this.#up(added);
      return;
    }
    slot.atMs = atMs;
    this.#up(slot);
    this.#down(slot);
  }

  /** Takes out all values that are due at `nowMs`, the earliest first. */
  takeDue(nowMs: number): T[] {
    const due: T[] = [];
    for (let first = this.#slots[0]; first !== undefined && first.atMs <= nowMs; first = this.#slots[0]) {
      this.#remove(first);
      due.push(first.value);
    }
    return due;
  }

  #remove(slot: Slot<T>): void {
    this.#byValue.delete(slot.value);
    const last = this.#slots.pop();
    if (last === undefined || last === slot) return;
    this.#place(last, slot.index);
    this.#up(last);
    this.#down(last);
  }

  #up(slot: Slot<T>): void {
    while (slot.index > 0) {
      const parent = this.#slots[(slot.index - 1) >> 1];
      if (parent === undefined || parent.atMs <= slot.atMs) return;
      this.#swap(slot, parent);
    }
  }

  #down(slot: Slot<T>): void {
    for (;;) {
      const left = this.#slots[2 * slot.index + 1];
      const right = this.#slots[2 * slot.index + 2];
      const child = right !== undefined && left !== undefined && right.atMs < left.atMs ? right : left;
      if (child === undefined || child.atMs >= slot.atMs) return;
      this.#swap(slot, child);
    }
  }

  #swap(a: Slot<T>, b: Slot<T>): void {
    const index = a.index;
    this.#place(a, b.index);
    this.#place(b, index);
  }

  #place(slot: Slot<T>, index: number): void {
    slot.index = index;
    this.#slots[index] = slot;
  }
}
