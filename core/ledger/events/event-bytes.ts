import type { LedgerFindingCode } from '../findings';
import { isValidJson } from './go-json';

/** The largest event, in bytes, that the living program reads. The seed names no limit; ours there is the same. */
export const MAX_EVENT_BYTES = 1_048_576;

/** Why no event can be read from some bytes. The reason ends a sentence. */
export interface EventRefusal {
  readonly kind: 'refused';
  readonly code: LedgerFindingCode;
  readonly reason: string;
}

/** What is asked of an event before anybody looks into it: not too large, and one JSON value. Null when it is both. */
export function refuseBytes(bytes: Uint8Array): EventRefusal | null {
  if (bytes.length > MAX_EVENT_BYTES) {
    return { kind: 'refused', code: 'too-large', reason: 'the event is larger than 1 MiB' };
  }
  return isValidJson(bytes) ? null : { kind: 'refused', code: 'invalid-json', reason: 'the event is not JSON' };
}

/** The same bytes as a Buffer; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
