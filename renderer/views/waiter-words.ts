import { assertNever, type Waiter } from '../../core/model';
import { shown } from '../text';

/** What a waiter runs; hostile text. */
export function waiterName({ name }: Waiter): string {
  return name === null || name === '' ? 'who it is, is not seen' : shown(name, 120);
}

/** How it is known that it waits. */
export function waiterHow({ how }: Waiter): string {
  switch (how) {
    case 'blocked':
      return 'blocked: the kernel lists it as waiting';
    case 'possible':
      return 'has the file open and no lock on it; it may ask again and again';
    default:
      return assertNever(how);
  }
}

/** What the times beside waiters mean. No kernel keeps when somebody began to wait. */
export function waitersNote(waiters: readonly Waiter[]): string {
  return waiters.every(({ how }) => how === 'possible')
    ? 'possibly, since we first saw them'
    : 'since we first saw them';
}

/** What else the holder of a claim has, for the line above it. */
export function alsoWords(others: number): string {
  return others === 0 ? 'holds nothing else here' : 'also holds';
}
