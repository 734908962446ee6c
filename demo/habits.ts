/** How one agent works. Lengths are in ms; a pair is a range to draw from. */
export interface Habit {
  readonly name: string;
  /** Before its first claim, so that the window is alive at once and not all at the same moment. */
  readonly firstRest: number;
  readonly rest: readonly [number, number];
  readonly lease: number;
  /** From claim to the next step: an extension, the release or the end. */
  readonly work: readonly [number, number];
  /** How many times it extends before it releases. */
  readonly extensions: number;
  /** Whether it ends without a release, as if it had crashed. */
  readonly dies: boolean;
}

/** Together they show a claim that is live, one that is expiring and one that has expired, within about ten seconds. */
export const HABITS: readonly Habit[] = [
  // Long leases, released in good time.
  {
    name: 'prover-ada',
    firstRest: 0,
    rest: [1000, 2500],
    lease: 40_000,
    work: [6000, 12_000],
    extensions: 0,
    dies: false,
  },
  // Works to the end of its lease and now and then beyond it.
  {
    name: 'verifier-bo',
    firstRest: 400,
    rest: [1000, 2500],
    lease: 8000,
    work: [6800, 10_000],
    extensions: 0,
    dies: false,
  },
  // Extends shortly before the end.
  {
    name: 'prover-cy',
    firstRest: 800,
    rest: [1000, 2500],
    lease: 7000,
    work: [5900, 6500],
    extensions: 3,
    dies: false,
  },
  // Dies each time, and leaves a claim that expires.
  {
    name: 'prover-dee',
    firstRest: 1200,
    rest: [1500, 4000],
    lease: 6000,
    work: [3000, 5000],
    extensions: 0,
    dies: true,
  },
];

export function habitOf(name: string): Habit | undefined {
  return HABITS.find((habit) => habit.name === name);
}

/** An agent's exit code when it died by habit, and not because the demo ended. */
export const DIED = 3;

// Nobody watches a demo for so long; it shall not fill a disk over a weekend.
const SLOW_FROM_EVENTS = 5000;
const REST_FROM_EVENTS = 10_000;
const SLOW_FACTOR = 30;

/** How many times longer an agent rests when the ledger has so many events; null: it claims no more. */
export function restFactor(events: number): number | null {
  if (events >= REST_FROM_EVENTS) return null;
  return events >= SLOW_FROM_EVENTS ? SLOW_FACTOR : 1;
}
