import type { Instant } from '../../model';
import { CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACKET, QUOTE } from '../events/go-json';
import { isGoZeroTime, parseGoTime } from '../events/go-time';
import { Interned } from '../events/interned';
import { nodeIdFault } from '../events/node-id';
import { readPlainTime } from '../events/plain-time';
import { Digest } from './claim-record';
import type { LivingState } from './living-state';
import type { ApplyOutcome } from './replay';
import type { TransitionLog } from './transition-log';

/**
 * Applies one of the three events that nearly all of a long ledger is made of, where it is exactly as the living
 * program writes it (keys in its order, no white space, no escapes, ASCII, one node) and changes a claim as it should.
 * One pass, and next to no objects.
 *
 * Null for everything else, and for whatever is wrong: then nothing was changed, and it is for the general rules to say
 * what it is. What is done is what they would do. `areLasting` is as in `Replay.applyInto`. A time may make its text only when it is asked for (`PlainTime`).
 */
export function applyPlain(
  state: LivingState,
  log: TransitionLog,
  sequence: number,
  buffer: Buffer,
  areLasting: boolean,
): ApplyOutcome | null {
  if (startsWith(buffer, 0, NODES_CLAIMED)) return claimed(state, log, sequence, buffer, areLasting);
  if (startsWith(buffer, 0, CLAIM_REFRESHED)) return refreshed(state, log, sequence, buffer, areLasting);
  if (startsWith(buffer, 0, NODES_RELEASED)) return released(state, log, sequence, buffer);
  return null;
}

function claimed(
  state: LivingState,
  log: TransitionLog,
  sequence: number,
  buffer: Buffer,
  areLasting: boolean,
): ApplyOutcome | null {
  READER.start(buffer, NODES_CLAIMED.length);
  const at = READER.time(COMMA_TIMESTAMP);
  const id = READER.nodeIds(COMMA_NODE_IDS);
  const name = READER.text(COMMA_OWNER, TEXTS);
  const until = READER.time(COMMA_TIMEOUT);
  const node = READER.isWhole() ? state.nodes.get(id) : undefined;
  if (node?.workflow !== 'available') return null;
  const owner = state.holder(name);
  log.add({ node: id, kind: 'taken', at, sequence, holder: owner, until }, buffer);
  const made = { claimedBy: sequence, changedBy: sequence, digest: new Digest(buffer, areLasting) };
  state.setClaim(id, node, { owner, acquiredAt: at, expiresAt: until, ...made }, 'claimed');
  return CLAIMED;
}

function refreshed(
  state: LivingState,
  log: TransitionLog,
  sequence: number,
  buffer: Buffer,
  areLasting: boolean,
): ApplyOutcome | null {
  READER.start(buffer, CLAIM_REFRESHED.length);
  const at = READER.time(COMMA_TIMESTAMP);
  const id = READER.text(COMMA_NODE_ID, NODE_IDS);
  const name = READER.text(COMMA_OWNER, TEXTS);
  const until = READER.time(COMMA_NEW_TIMEOUT);
  const node = READER.isWhole() ? state.nodes.get(id) : undefined;
  if (node === undefined || node.claim === null || node.claim.owner !== name) return null;
  const { owner } = node.claim;
  log.add({ node: id, kind: 'extended', at, sequence, holder: owner, until }, buffer);
  const changed = { expiresAt: until, changedBy: sequence, digest: new Digest(buffer, areLasting) };
  state.setClaim(id, node, { ...node.claim, ...changed }, 'claimed');
  return REFRESHED;
}

function released(state: LivingState, log: TransitionLog, sequence: number, buffer: Buffer): ApplyOutcome | null {
  READER.start(buffer, NODES_RELEASED.length);
  const at = READER.time(COMMA_TIMESTAMP);
  const id = READER.nodeIds(COMMA_NODE_IDS);
  const node = READER.isWhole() ? state.nodes.get(id) : undefined;
  if (node === undefined || node.claim === null) return null;
  log.add({ node: id, kind: 'released', at, sequence, holder: node.claim.owner, until: null }, buffer);
  state.setClaim(id, node, null, 'available');
  return RELEASED;
}

const NODES_CLAIMED = Buffer.from('{"type":"nodes_claimed"');
const NODES_RELEASED = Buffer.from('{"type":"nodes_released"');
const CLAIM_REFRESHED = Buffer.from('{"type":"claim_refreshed"');

const NONE: readonly never[] = [];
const CLAIMED: ApplyOutcome = { kind: 'applied', type: 'nodes_claimed', transitions: NONE, findings: NONE };
const RELEASED: ApplyOutcome = { kind: 'applied', type: 'nodes_released', transitions: NONE, findings: NONE };
const REFRESHED: ApplyOutcome = { kind: 'applied', type: 'claim_refreshed', transitions: NONE, findings: NONE };

const COMMA_TIMESTAMP = Buffer.from(',"timestamp":');
const COMMA_NODE_IDS = Buffer.from(',"node_ids":');
const COMMA_NODE_ID = Buffer.from(',"node_id":');
const COMMA_OWNER = Buffer.from(',"owner":');
const COMMA_TIMEOUT = Buffer.from(',"timeout":');
const COMMA_NEW_TIMEOUT = Buffer.from(',"new_timeout":');

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

  /** The one id of a list, as nearly every such event has. */
  nodeIds(key: Buffer): string {
    const from = this.#key(key, OPEN_BRACKET) + 1;
    if (this.#buffer[this.#at] !== QUOTE) this.#failed = true;
    this.#at += 1;
    const id = this.#known(from, this.#stringEnd(), NODE_IDS);
    if (this.#buffer[this.#at] !== CLOSE_BRACKET) this.#failed = true;
    this.#at += 1;
    return id;
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
