import { setImmediate as nextTurn } from 'node:timers/promises';
import { nativeFiles } from '../../host/native-files';
import { BatchReader, type BatchRoom, type EventBatch, type EventRange, newBatchRoom } from './event-batch';
import type { EventStream, ReadingThread } from './event-stream';
import { nothingTaken, Pieces } from './pieces';

/** How long one stretch of reading here may keep this thread, in ms. */
const SLICE_MS = 8;

/**
 * A range that a thread beside and this one read together: this one whenever nothing is there for it to apply. Where the
 * thread beside dies, the stream ends early.
 */
export async function readTogether(range: EventRange, beside: ReadingThread): Promise<EventStream> {
  const taken = nothingTaken();
  beside.read(range, taken);
  const folder = (await nativeFiles())?.openFolder(range.folder) ?? null;
  const room = newBatchRoom();
  const pieces = new Pieces(range, taken);
  let next = range.first;
  let given: BatchRoom | null = null;
  /** Reads the piece that was taken here last. */
  let own: BatchReader | null = null;
  /** What it read last, as long as it is not asked for yet. */
  let aside: EventBatch | null = null;

  const takeAside = (): EventBatch | null => {
    if (aside?.first !== next) return null;
    const batch = aside;
    aside = null;
    return batch;
  };
  const readHere = (): void => {
    // Behind an event that is none to be read, nothing is asked for.
    if (own?.isStopped === true) return;
    if (own === null || own.isAtEnd) {
      const piece = pieces.take();
      own = piece === null ? null : new BatchReader({ ...range, ...piece }, folder);
    }
    const batch = own?.fill(room, performance.now() + SLICE_MS);
    if (batch !== undefined && batch.count > 0) aside = batch;
  };
  const find = async (): Promise<EventBatch | null> => {
    for (;;) {
      const batch = beside.take(next) ?? takeAside();
      if (batch !== null || next > range.last) return batch;
      // What the thread beside has sent is seen only now.
      await nextTurn();
      const sent = beside.take(next);
      if (sent !== null) return sent;
      if (aside === null) readHere();
      if (aside?.first === next) continue;
      if (beside.isAtEnd || (own?.isStopped === true && own.next === next)) return null;
      await beside.another();
    }
  };
  return {
    next: async () => {
      if (given !== null && given !== room) beside.giveBack(given);
      const batch = await find();
      given = batch?.room ?? null;
      if (batch !== null) next = batch.first + batch.count;
      return batch;
    },
    close: () => {
      folder?.close();
    },
  };
}
