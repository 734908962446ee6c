/** So many events are a piece: some ms of reading. */
const PIECE_EVENTS = 1_024;

/** Events that follow one another. */
export interface Piece {
  readonly first: number;
  readonly last: number;
}

/** How many pieces were taken. Threads share it. */
export type TakenCount = Int32Array<SharedArrayBuffer>;

/** No piece was taken yet. */
export function nothingTaken(): TakenCount {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** The pieces of a range. Each is given out once, in their order, to whoever takes the next one on whatever thread. */
export class Pieces {
  readonly #range: Piece;
  readonly #taken: TakenCount;

  constructor({ first, last }: Piece, taken: TakenCount) {
    this.#range = { first, last };
    this.#taken = taken;
  }

  /** Null when all were taken. */
  take(): Piece | null {
    const first = this.#range.first + Atomics.add(this.#taken, 0, 1) * PIECE_EVENTS;
    return first > this.#range.last ? null : { first, last: Math.min(first + PIECE_EVENTS - 1, this.#range.last) };
  }
}
