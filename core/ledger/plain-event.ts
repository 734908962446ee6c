import type { Instant } from '../model';
import type { GoSlice } from './go-decode';
import { CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACKET, QUOTE } from './go-json';
import { isGoZeroTime, parseGoTime } from './go-time';
import { Interned } from './interned';
import type { LivingEvent } from './living-rules';
import { nodeIdFault } from './node-id';
import { readPlainTime } from './plain-time';

/**
 * The three events that nearly all of a long ledger is made of, exactly as the living program writes them: keys in its
 * order, no white space, no escapes, ASCII. One pass instead of three.
 *
 * Null for everything else, and for whatever is wrong: then it is for the general rules to say what it is. What is
 * returned is what they would return, but that a time may make its text only when it is asked for (`PlainTime`).
 */
export function readPlainEvent(buffer: Buffer): LivingEvent | null {
  for (const plain of PLAIN) {
    if (!startsWith(buffer, 0, plain.head)) continue;
    READER.start(buffer, plain.head.length);
    const event = plain.read(READER);
    return READER.isWhole() ? event : null;
  }
  return null;
}

const COMMA_TIMESTAMP = Buffer.from(',"timestamp":');
const COMMA_NODE_IDS = Buffer.from(',"node_ids":');
const COMMA_NODE_ID = Buffer.from(',"node_id":');
const COMMA_OWNER = Buffer.from(',"owner":');
const COMMA_TIMEOUT = Buffer.from(',"timeout":');
const COMMA_NEW_TIMEOUT = Buffer.from(',"new_timeout":');

const PLAIN: readonly { readonly head: Buffer; readonly read: (reader: PlainReader) => LivingEvent }[] = [
  {
    head: Buffer.from('{"type":"nodes_claimed"'),
    read: (reader) => ({
      type: 'nodes_claimed',
      value: {
        type: null,
        timestamp: reader.time(COMMA_TIMESTAMP),
        node_ids: reader.nodeIds(COMMA_NODE_IDS),
        owner: reader.text(COMMA_OWNER, TEXTS),
        timeout: reader.time(COMMA_TIMEOUT),
      },
    }),
  },
  {
    head: Buffer.from('{"type":"nodes_released"'),
    read: (reader) => ({
      type: 'nodes_released',
      value: {
        type: null,
        timestamp: reader.time(COMMA_TIMESTAMP),
        node_ids: reader.nodeIds(COMMA_NODE_IDS),
      },
    }),
  },
  {
    head: Buffer.from('{"type":"claim_refreshed"'),
    read: (reader) => ({
      type: 'claim_refreshed',
      value: {
        type: null,
        timestamp: reader.time(COMMA_TIMESTAMP),
        node_id: reader.text(COMMA_NODE_ID, NODE_IDS),
        owner: reader.text(COMMA_OWNER, TEXTS),
        new_timeout: reader.time(COMMA_NEW_TIMEOUT),
      },
    }),
  },
];

const TEXTS = new Interned(() => true);
const NODE_IDS = new Interned((id) => id === '' || nodeIdFault(id) === null);

function startsWith(buffer: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i += 1) if (buffer[at + i] !== wanted[i]) return false;
  return true;
}

const NOTHING = Buffer.alloc(0);

/** Reads what it is told to expect. Once something else comes, all that it gives is void. */
class PlainReader {
  #buffer: Buffer = NOTHING;
  #at = 0;
  #failed = false;

  start(buffer: Buffer, at: number): void {
    this.#buffer = buffer;
    this.#at = at;
    this.#failed = false;
  }

  /** Whether everything came as expected, and the event ends here. */
  isWhole(): boolean {
    if (this.#failed || this.#buffer[this.#at] !== CLOSE_BRACE) return false;
    const rest = this.#buffer.length - this.#at;
    return rest === 1 || (rest === 2 && this.#buffer[this.#at + 1] === 0x0a);
  }

  time(key: Buffer): Instant | null {
    const from = this.#key(key);
    const to = this.#stringEnd();
    if (this.#failed) return null;
    const time = readPlainTime(this.#buffer, from, to);
    if (time !== null) return isGoZeroTime(time) ? null : time;
    const parsed = parseGoTime(this.#buffer.toString('latin1', from, to));
    if ('fault' in parsed) {
      this.#failed = true;
      return null;
    }
    return isGoZeroTime(parsed) ? null : parsed;
  }

  text(key: Buffer, known: Interned): string {
    const from = this.#key(key);
    return this.#known(from, this.#stringEnd(), known);
  }

  /** One id, as nearly every such event has. */
  nodeIds(key: Buffer): GoSlice<string> {
    const from = this.#key(key, OPEN_BRACKET) + 1;
    if (this.#buffer[this.#at] !== QUOTE) this.#failed = true;
    this.#at += 1;
    const id = this.#known(from, this.#stringEnd(), NODE_IDS);
    if (this.#buffer[this.#at] !== CLOSE_BRACKET) this.#failed = true;
    this.#at += 1;
    return { kept: [id], length: 1 };
  }

  /** Passes the key and the first byte of its value; gives where that value goes on. */
  #key(key: Buffer, first = QUOTE): number {
    if (!startsWith(this.#buffer, this.#at, key) || this.#buffer[this.#at + key.length] !== first) this.#failed = true;
    this.#at += key.length + 1;
    return this.#at;
  }

  /** Passes a string without escapes, and its closing quote; gives where the quote stands. */
  #stringEnd(): number {
    const buffer = this.#buffer;
    let at = this.#at;
    for (; at < buffer.length; at += 1) {
      const c = buffer[at] ?? 0;
      if (c === QUOTE) break;
      if (c < 0x20 || c > 0x7e || c === 0x5c) {
        this.#failed = true;
        break;
      }
    }
    this.#at = at + 1;
    return at;
  }

  #known(from: number, to: number, known: Interned): string {
    const text = this.#failed ? null : known.get(this.#buffer, from, to);
    if (text === null) this.#failed = true;
    return text ?? '';
  }
}

/** Shared: reading is synchronous and never nests. */
const READER = new PlainReader();
