import { quoteHostile } from '../../model';
import { MAX_EVENT_BYTES } from '../events/event-bytes';
import type { EventBytes } from '../events/read-event';
import { type LedgerFinding, ledgerFinding, unreadableFrom } from '../findings';

/** Why a ledger cannot be read to its end. `proven`: its own tools cannot either; else only we could not. */
export interface Fault {
  /** The event from which on nothing is known. */
  readonly sequence: number;
  readonly finding: LedgerFinding;
  readonly proven: boolean;
}

/** The fault that stands in the place of an event which could not be read as a file. */
export function faultOf(
  sequence: number,
  file: string,
  read: Exclude<EventBytes, { kind: 'read' | 'missing' | 'folder' }>,
): Fault {
  switch (read.kind) {
    case 'too-large': {
      const why = `it is ${read.size.toString()} bytes long, and ${MAX_EVENT_BYTES.toString()} are the most`;
      return { sequence, proven: true, finding: unreadableFrom('too-large', sequence, why, file) };
    }
    case 'not-a-file':
      return {
        sequence,
        proven: true,
        finding: unreadableFrom('not-a-regular-file', sequence, `${read.what} stands in its place`, file),
      };
    case 'link-out':
      return notOurs(
        'link-out-of-source',
        sequence,
        file,
        `Event #${sequence.toString()} is a link that leads out of the proof (${quoteHostile(read.target)}). It is not followed, so nothing is known from there on.`,
      );
    case 'unreadable':
      return notOurs(
        'unreadable-file',
        sequence,
        file,
        `Event #${sequence.toString()} cannot be read: ${read.error}. Nothing is known from there on.`,
      );
  }
}

function notOurs(
  code: 'link-out-of-source' | 'unreadable-file',
  sequence: number,
  file: string,
  message: string,
): Fault {
  return { sequence, proven: false, finding: ledgerFinding(code, 'error', message, { at: sequence, file }) };
}
