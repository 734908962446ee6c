import { type Instant, instantFromMs } from '../../model';
import type { Cell, SeenLease } from '../database/messages';

/** JavaScript's dates end here, in seconds from 1970 on, and so do times that mean anything. */
const LAST_S = 8_640_000_000_000n;

/** A value as a text for people; hostile. */
export function textOf(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Uint8Array) return `(${cell.length.toString()} bytes)`;
  return cell.toString();
}

/** A name that says something; null for nothing, and for what is no text or number. */
export function nameOf(cell: Cell): string | null {
  const text = textOf(cell);
  return cell instanceof Uint8Array || text === '' ? null : text;
}

/** A time as exarp writes it, integer unix seconds; null where there is none (NULL, 0), or the value is no time. */
export function timeOf(cell: Cell): Instant | null {
  return isTime(cell) ? instantFromMs(Number(cell) * 1_000) : null;
}

/** Whether a value stands for a time, or for none. Anything else is neither: what it was meant to say is not known. */
export function saysTime(cell: Cell): boolean {
  return cell === null || cell === 0n || isTime(cell);
}

function isTime(cell: Cell): cell is bigint {
  return typeof cell === 'bigint' && cell > 0n && cell <= LAST_S;
}

/** One text for exactly this lease, to the type of each value. The version is no part of it: exarp's sync moves it all the time. */
export function leaseKey({ id, assignee, assignedAt, lockUntil }: SeenLease): string {
  return [id, assignee, assignedAt, lockUntil].map(keyOfCell).join('|');
}

/** The same value, and only that, has the same text. */
export function keyOfCell(cell: Cell): string {
  if (cell === null) return 'null';
  if (typeof cell === 'bigint') return `i${cell.toString()}`;
  if (typeof cell === 'number') return `r${cell.toString()}`;
  if (typeof cell === 'string') return `t${cell.length.toString()}:${cell}`;
  return `b${Buffer.from(cell).toString('hex')}`;
}
