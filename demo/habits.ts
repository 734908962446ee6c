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

/** How one agent works on tasks. Lengths as in `Habit`. */
export interface TaskHabit {
  readonly name: string;
  readonly firstRest: number;
  readonly rest: readonly [number, number];
  readonly lease: number;
  readonly work: readonly [number, number];
  /** How long it holds the lock under which one agent at a time pushes. */
  readonly push: readonly [number, number];
}

/** Together they show leases that run, one whose holder outlives it, and a lock that others wait for. */
export const TASK_HABITS: readonly TaskHabit[] = [
  {
    name: 'backend-agent',
    firstRest: 0,
    rest: [500, 1500],
    lease: 30 * 60_000,
    work: [4000, 8000],
    push: [6000, 9000],
  },
  {
    name: 'docs-agent',
    firstRest: 300,
    rest: [500, 1500],
    lease: 10 * 60_000,
    work: [4000, 8000],
    push: [6000, 9000],
  },
  // Goes on with its task long after its lease is over.
  {
    name: 'slow-agent',
    firstRest: 600,
    rest: [1000, 3000],
    lease: 4000,
    work: [14_000, 20_000],
    push: [2000, 4000],
  },
];

export function taskHabitOf(name: string): TaskHabit | undefined {
  return TASK_HABITS.find((habit) => habit.name === name);
}

/** What stands in place of an agent's name to make the project that they work on. */
export const SET_UP = 'set-up';

/** The exit code when the project was made. */
export const READY = 4;

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
