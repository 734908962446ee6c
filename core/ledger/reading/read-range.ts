import { PRINT_FIELDS } from '../events/event-prints';
import type { LedgerFold } from '../replay/ledger-fold';
import type { EventBatch, EventRange } from './event-batch';
import { type EventStream, type ReadingThread, streamHere } from './event-stream';
import type { Fault } from './faults';
import { readTogether } from './shared-reading';
import type { Turns } from './turns';

/** From so many events on it is worth to read them in batches. */
const MANY_EVENTS = 1_000;
/** Long events are looked at for the end of a slice one by one, short ones some at a time. */
const LONG_EVENT_BYTES = 4_096;
const SHORT_EVENTS = 8;
/** The bytes of so many batches are held at most, about 12 MB. */
const MOST_HELD = 16;

/** What applying a range of events is told and asked. */
export interface Applying {
  readonly fold: LedgerFold;
  readonly turns: Turns;
  /** Called at the end of each slice. */
  readonly onSlice: () => void;
  /** Asked after each event: whether reading on makes sense. */
  readonly goesOn: () => boolean;
}

/**
 * Applies the events behind the fold's head up to `range.last`, as far as they can be read without a second look: together
 * with `thread` where there is one, else (or when it dies) on this thread alone. The fault where one was refused.
 */
export async function applyRange(
  range: Omit<EventRange, 'first'>,
  thread: ReadingThread | null,
  applying: Applying,
): Promise<Fault | null> {
  const { fold } = applying;
  // And for some that come later, so that not the first of them has all the columns copied.
  if (range.last - fold.head >= MANY_EVENTS) fold.reserve(Math.ceil((range.last - fold.head) * 1.125));
  if (thread !== null) {
    const fault = await applyStream(await readTogether({ ...range, first: fold.head + 1 }, thread), applying);
    if (fault !== null) return fault;
  }
  if (!applying.goesOn() || range.last - fold.head < MANY_EVENTS) return null;
  const here = await streamHere({ ...range, first: fold.head + 1 });
  return here === null ? null : applyStream(here, applying);
}

async function applyStream(stream: EventStream, applying: Applying): Promise<Fault | null> {
  const { replay } = applying.fold;
  try {
    let held = 0;
    for (let batch = await stream.next(); batch !== null; batch = await stream.next()) {
      const fault = await applyBatch(batch, applying);
      if (fault !== null || !applying.goesOn()) return fault;
      held = (held + 1) % MOST_HELD;
      if (held === 0) replay.letGo();
    }
    return null;
  } finally {
    replay.letGo();
    stream.close();
  }
}

async function applyBatch({ count, room }: EventBatch, applying: Applying): Promise<Fault | null> {
  const { fold, turns } = applying;
  // A copy in one go, so that of each event none is needed that makes a claim.
  const bytes = Buffer.from(room.bytes.slice(0, room.ends[count - 1] ?? 0).buffer);
  const { prints } = room;
  let from = 0;
  for (let i = 0; i < count; i += 1) {
    const to = room.ends[i] ?? from;
    const fault = fold.apply(
      bytes.subarray(from, to),
      prints[PRINT_FIELDS * i] ?? 0,
      prints[PRINT_FIELDS * i + 1] ?? 0,
      prints[PRINT_FIELDS * i + 2] ?? 0,
      prints[PRINT_FIELDS * i + 3] ?? 0,
      true,
    );
    if (fault !== null || !applying.goesOn()) return fault;
    const asks = to - from > LONG_EVENT_BYTES || i % SHORT_EVENTS === 0;
    if (asks && turns.isOver() && (await turns.next())) applying.onSlice();
    from = to;
  }
  return null;
}
