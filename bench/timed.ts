/**
 * The ms of one turn of each, in rounds of `each` turns. Which of them goes first changes with every round, so that what
 * one leaves to the disk falls on none of the others.
 */
export async function timed(
  turns: readonly (() => Promise<void> | void)[],
  rounds: number,
  each: number,
): Promise<number[][]> {
  const times = turns.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < turns.length; i += 1) {
      const which = (i + round) % turns.length;
      const turn = turns[which];
      const startedMs = performance.now();
      for (let n = 0; n < each; n += 1) await turn?.();
      times[which]?.push((performance.now() - startedMs) / each);
    }
  }
  return times;
}
