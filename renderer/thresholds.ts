/** A length of time as it is typed. */
export interface TypedLength {
  readonly minutes: string;
  readonly seconds: string;
}

/** A week, as the contract has it. */
const AT_MOST_MS = 604_800_000;

/** `ms` in whole minutes, and the seconds that are left. */
export function typedLength(ms: number): TypedLength {
  const seconds = Math.floor(ms / 1000);
  return { minutes: Math.floor(seconds / 60).toString(), seconds: (seconds % 60).toString() };
}

/** What was typed, in ms; an empty field counts as 0. Null where it is no length, or longer than a week. */
export function lengthTyped({ minutes, seconds }: TypedLength): number | null {
  const [m, s] = [minutes, seconds].map(wholeNumber);
  if (m === undefined || s === undefined || m === null || s === null) return null;
  const ms = (m * 60 + s) * 1000;
  return ms <= AT_MOST_MS ? ms : null;
}

function wholeNumber(typed: string): number | null {
  const text = typed.trim();
  if (text === '') return 0;
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}
