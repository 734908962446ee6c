import { parentPort } from 'node:worker_threads';
import { type NativeFiles, nativeFiles } from '../../host/native-files';
import { BatchReader, type BatchRoom, type EventBatch, type EventRange } from './event-batch';
import { type Piece, Pieces, type TakenCount } from './pieces';
import { checkPart, type SharedCheck } from './shared-check';

// The program of a thread that reads pieces of a range of events, batch by batch: as many as it is given rooms. Or it
// takes parts of a check whether files are still the same.
// It is told when to end, and not ended by force: then no file is left open.

export type ToReadingThread =
  | { readonly kind: 'read'; readonly range: EventRange; readonly taken: TakenCount }
  | { readonly kind: 'fill'; readonly room: BatchRoom }
  | { readonly kind: 'check'; readonly check: SharedCheck }
  | { readonly kind: 'end' };

export interface FromReadingThread {
  readonly batch: EventBatch;
  /** Nothing more comes: all pieces were taken, or what follows the batch is no event to be read. */
  readonly isAtEnd: boolean;
}

/** The piece behind the last one. */
const NOTHING: Piece = { first: 1, last: 0 };

function takeParts(check: SharedCheck, files: NativeFiles | null): void {
  const native = files?.openFolder(check.folder) ?? null;
  if (native === null) return;
  try {
    while (checkPart(check, (name) => (native.lookAt(name) ? native.print : null))) {
      // One part more.
    }
  } finally {
    native.close();
  }
}

const port = parentPort;
if (port !== null) {
  const ready = nativeFiles();
  let range: EventRange | null = null;
  let pieces: Pieces | null = null;
  let piece: Piece | null = null;
  const answer = async (message: ToReadingThread): Promise<void> => {
    if (message.kind === 'end') port.close();
    if (message.kind === 'check') takeParts(message.check, await ready);
    if (message.kind === 'read') {
      ({ range } = message);
      pieces = new Pieces(range, message.taken);
    }
    if (message.kind !== 'fill' || range === null || pieces === null) return;
    const native = (await ready)?.openFolder(range.folder) ?? null;
    try {
      piece ??= pieces.take() ?? NOTHING;
      const reader = new BatchReader({ ...range, ...piece }, native);
      const batch = reader.fill(message.room);
      const isAtEnd = reader.isStopped || piece === NOTHING;
      piece = reader.isAtEnd ? null : { first: reader.next, last: piece.last };
      if (isAtEnd) range = null;
      const { bytes, ends, prints } = batch.room;
      const answered: FromReadingThread = { batch, isAtEnd };
      port.postMessage(answered, [bytes.buffer, ends.buffer, prints.buffer]);
    } finally {
      native?.close();
    }
  };
  // One after the other, in their order.
  let last = Promise.resolve();
  port.on('message', (message: ToReadingThread) => {
    last = last.then(() => answer(message));
  });
}
