/** Somewhere in a range. */
export function between([least, most]: readonly [number, number]): number {
  return least + Math.random() * (most - least);
}
