import type { RawRecord } from '../port';
import { readEventFile } from './events/read-event';
import type { LockFile } from './locks/lock-files';
import type { LedgerReader } from './reading/ledger-reader';

const MOST_SHOWN_BYTES = 64 * 1024;

/** The event that last changed a node's claim, read now; else the lock file that claims it. Null when neither is there. */
export function readRecord(reader: LedgerReader, node: string, lockFiles: readonly LockFile[]): RawRecord | null {
  const held = reader.replay.claim(node);
  if (held === undefined) {
    const [file] = lockFiles;
    return file === undefined ? null : cutRecord(file.file, Buffer.from(file.text));
  }
  const name = reader.nameOf(held.changedBy);
  const read = readEventFile(reader.folder, reader.proofFolder, name);
  return read.kind === 'read' ? cutRecord(`#${held.changedBy.toString()} · ${name}`, read.bytes) : null;
}

/** A record for showing, cut at 64 KiB. */
export function cutRecord(label: string, bytes: Uint8Array): RawRecord {
  const cut = bytes.length > MOST_SHOWN_BYTES;
  const text = new TextDecoder().decode(cut ? bytes.subarray(0, MOST_SHOWN_BYTES) : bytes);
  return { label, text, cut };
}
