import type { Column } from '../../host/memo-format';
import type { Turns } from '../reading/turns';

const NEWLINE = 0x0a;

/** The lines of a column are so many bytes at most: to keep more would take too much memory. */
const MOST_BYTES = 64 << 20;

/**
 * Texts without line ends (JSON has none) as one column, a line each. Null when `stillGood` says no between two of them.
 * Rejects where they are too long.
 */
export async function toLines(
  texts: Iterable<string>,
  turns: Turns,
  stillGood: () => boolean,
): Promise<Uint8Array | null> {
  const lines: Buffer[] = [];
  let size = 0;
  for (const text of texts) {
    const line = Buffer.from(`${text}\n`);
    size += line.length;
    if (size > MOST_BYTES) throw new Error('These are too many to be kept.');
    lines.push(line);
    await turns.next();
    if (!stillGood()) return null;
  }
  return Buffer.concat(lines);
}

/** Calls `take` for each line of a column that `toLines` made. Throws what `take` throws. */
export async function eachLine(column: Column | undefined, turns: Turns, take: (text: string) => void): Promise<void> {
  if (!(column instanceof Uint8Array)) throw new Error('A column is missing.');
  const bytes = Buffer.from(column.buffer, column.byteOffset, column.length);
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(NEWLINE, from);
    take(bytes.toString('utf8', from, to));
    await turns.next();
    from = to + 1;
  }
}
