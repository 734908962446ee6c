import type { Host } from '../host/host';
import { instantFromMs, quoteHostile } from '../model';
import { readBeside } from './beside';
import { buildEvent, type LedgerChange } from './events/build-event';
import { LedgerKeeper } from './kept/ledger-keeper';
import { LedgerReader } from './reading/ledger-reader';
import type { LedgerClaim } from './replay/replay';
import { type WriteDecision, type WriteOutcome, writeEvent } from './writing/write-event';

/**
 * A ledger as an agent uses it: to claim nodes, to extend and to release its own claims.
 *
 * Every write is decided and published under one hold of the write lock, on the ledger as it is at that moment,
 * in the ledger's own dialect, and only when that dialect's tools will read it afterwards. A claim that somebody
 * else holds is a conflict, a normal result; in a living ledger an expired claim still refuses others until it is
 * reaped. Rejects only when aborted. Follows the protocol's "Claim Locks" and "Optimistic Locking".
 */
export interface LedgerAgent {
  readonly proofFolder: string;
  /** Takes a node for `durationMs` (at most an hour; as `meta.json` has it where it is left out). */
  claim(node: string, owner: string, durationMs?: number): Promise<WriteOutcome>;
  /** Moves the end of a claim of `owner` to `durationMs` from now. */
  extend(node: string, owner: string, durationMs?: number): Promise<WriteOutcome>;
  /** Ends a claim of `owner`. */
  release(node: string, owner: string): Promise<WriteOutcome>;
  /** Ends an expired claim, whoever held it. */
  reap(node: string): Promise<WriteOutcome>;
  /** Appends an event of one's own as number `expected` + 1, or says that the ledger has gone on. */
  appendIfSequence(content: string, expected: number): Promise<WriteOutcome>;
  /** Looks at the ledger and gives the claims as they are now, and the number of its last event. */
  look(): Promise<{ readonly head: number; readonly claims: readonly LedgerClaim[] }>;
}

export interface AgentOptions {
  readonly host: Host;
  readonly signal?: AbortSignal;
}

const LONGEST_CLAIM_MS = 3_600_000;
/** An agent that writes much looks at the whole folder once in so many times as long as that takes. */
const LOOKS_APART = 50;

/** Opens the ledger of a proof for an agent. */
export function openLedger(proofFolder: string, options: AgentOptions): LedgerAgent {
  const { host } = options;
  const signal = options.signal ?? new AbortController().signal;
  // An agent uses what others kept, and keeps nothing itself.
  const keeper = host.memos === undefined ? undefined : new LedgerKeeper(host.memos, proofFolder);
  const reader = new LedgerReader(proofFolder, { keeper });
  let lookedMs = Number.NEGATIVE_INFINITY;
  let tookMs = 0;

  async function look(): Promise<void> {
    const startedMs = performance.now();
    await reader.read({ signal });
    lookedMs = performance.now();
    tookMs = lookedMs - startedMs;
  }

  /** Before a write: what is new, at constant cost; the whole folder only now and then. */
  async function keepUp(): Promise<void> {
    if (performance.now() - lookedMs > tookMs * LOOKS_APART || !reader.catchUp()) await look();
  }

  /** Under the lock: what is new, and why nothing may be written, or null. */
  function refusalUnderLock(): string | null {
    const caughtUp = reader.catchUp();
    return unwritable(reader) ?? (caughtUp ? null : 'The ledger is not the one that was read before.');
  }

  async function change(rule: (nowMs: number) => LedgerChange | string): Promise<WriteOutcome> {
    await keepUp();
    const nowMs = host.clock.nowMs();
    const refusal = unwritable(reader);
    if (refusal !== null) return refused(refusal);
    const wanted = rule(nowMs);
    if (typeof wanted === 'string') return { kind: 'conflict', message: wanted };
    const content = buildEvent(reader.dialect, wanted);
    const decide = () => {
      const late = refusalUnderLock();
      if (late !== null) return refused(late);
      const still = rule(host.clock.nowMs());
      if (typeof still === 'string') return conflict(still);
      return still.owner === wanted.owner
        ? next(reader, content)
        : conflict(`${quoteHostile(still.owner)} holds node ${quoteHostile(still.node)} now.`);
    };
    return writeEvent(reader.folder, content, decide, { host, signal });
  }

  const untilOf = (nowMs: number, durationMs: number | undefined) => {
    const length = durationMs ?? readBeside(proofFolder).lockTimeoutMs;
    return instantFromMs(nowMs + Math.min(Math.max(length, 1), LONGEST_CLAIM_MS));
  };

  return {
    proofFolder,
    claim: (node, owner, durationMs) =>
      change((nowMs) => {
        const held = reader.replay.claim(node);
        const free = held === undefined || (reader.dialect === 'seed' && isOverAt(held, nowMs));
        if (!free)
          return `${quoteHostile(held.owner)} holds node ${quoteHostile(node)} since #${held.claimedBy.toString()}.`;
        return { action: 'claim', node, owner, timestamp: instantFromMs(nowMs), until: untilOf(nowMs, durationMs) };
      }),
    extend: (node, owner, durationMs) =>
      change((nowMs) => {
        const notOurs = refusalOfOwner(reader, node, owner);
        if (notOurs !== null) return notOurs;
        return { action: 'extend', node, owner, timestamp: instantFromMs(nowMs), until: untilOf(nowMs, durationMs) };
      }),
    release: (node, owner) =>
      change((nowMs) => {
        const notOurs = refusalOfOwner(reader, node, owner);
        return notOurs ?? { action: 'release', node, owner, timestamp: instantFromMs(nowMs) };
      }),
    reap: (node) =>
      change((nowMs) => {
        const held = reader.replay.claim(node);
        if (held === undefined) return `Nobody holds node ${quoteHostile(node)}.`;
        if (!isOverAt(held, nowMs))
          return `The claim of ${quoteHostile(held.owner)} on node ${quoteHostile(node)} still runs.`;
        return { action: 'reap', node, owner: held.owner, timestamp: instantFromMs(nowMs) };
      }),
    appendIfSequence: async (content, expected) => {
      await keepUp();
      const refusal = unwritable(reader);
      if (refusal !== null) return refused(refusal);
      const goneOn = () => conflict(`The ledger is at #${reader.head.toString()}, not at #${expected.toString()}.`);
      if (reader.head !== expected) return goneOn();
      const decide = (): WriteDecision => {
        const late = refusalUnderLock();
        if (late !== null) return refused(late);
        return reader.head === expected ? next(reader, content) : goneOn();
      };
      return writeEvent(reader.folder, content, decide, { host, signal });
    },
    look: async () => {
      await look();
      return { head: reader.head, claims: reader.replay.claims() };
    },
  };
}

function next(reader: LedgerReader, content: string): WriteDecision {
  const sequence = reader.head + 1;
  const outcome = reader.replay.check(sequence, Buffer.from(content));
  if (!reader.suits(Buffer.from(content))) return refused('This event is of the other dialect: two are never mixed.');
  if (outcome.kind === 'refused') return refused(`Its own tools would refuse this event. ${outcome.finding.message}`);
  return { kind: 'write', sequence, files: [reader.nameOf(sequence)] };
}

function refused(reason: string): { readonly kind: 'refused'; readonly reasons: readonly string[] } {
  return { kind: 'refused', reasons: [reason] };
}

function conflict(message: string): { readonly kind: 'conflict'; readonly message: string } {
  return { kind: 'conflict', message };
}

/** Why nothing may be written, or null. */
function unwritable(reader: LedgerReader): string | null {
  if (reader.outOfReach !== null) return `The ledger cannot be read: ${reader.outOfReach}.`;
  return reader.fault?.finding.message ?? reader.mixed ?? reader.blocked;
}

function refusalOfOwner(reader: LedgerReader, node: string, owner: string): string | null {
  const held = reader.replay.claim(node);
  if (held === undefined) return `Nobody holds node ${quoteHostile(node)}.`;
  return held.owner === owner
    ? null
    : `${quoteHostile(held.owner)} holds node ${quoteHostile(node)}, not ${quoteHostile(owner)}.`;
}

function isOverAt(held: LedgerClaim, nowMs: number): boolean {
  return held.expiresAt !== null && held.expiresAt.ms < nowMs;
}
