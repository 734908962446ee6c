import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Change } from '../core/model';

/** So many claims are worked on in one step, so that nobody waits long for the thread. */
export const STEP_SIZE = 1_000;

/**
 * Changes that are made, and are to be published, step by step; the last step is what it returns.
 * What a step changed is published before anything else may run: so whatever is published is whole at any time.
 */
export type Steps = Generator<readonly Change[], readonly Change[]>;

/** Cuts `work`, which yields after each piece of it, into steps of `size` pieces. What is left stays in `changes`. */
export function* inSteps(work: Iterator<unknown>, changes: Change[], size: number): Generator<readonly Change[], void> {
  let pieces = 0;
  while (work.next().done !== true) {
    pieces += 1;
    if (pieces < size) continue;
    yield changes.splice(0);
    pieces = 0;
  }
}

/**
 * Takes all steps: the first before it returns, each other in a turn of its own.
 * False when `isOver` said so in between; then the rest was not taken.
 */
export async function takeSteps(
  steps: Steps,
  publish: (changes: readonly Change[]) => void,
  isOver: () => boolean,
): Promise<boolean> {
  for (;;) {
    const step = steps.next();
    publish(step.value);
    if (step.done === true) return true;
    await nextTurn();
    if (isOver()) return false;
  }
}
