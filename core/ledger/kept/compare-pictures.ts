import { quoteHostile } from '../../model';
import type { LedgerFinding } from '../findings';
import type { Dialect, LedgerClaim, Replay } from '../replay/replay';
import type { TransitionColumns, TransitionLog } from '../replay/transition-log';

/** What a ledger was read as, up to its head. */
export interface LedgerPicture {
  readonly head: number;
  readonly dialect: Dialect;
  /** Why it is of both dialects, or null. */
  readonly mixed: string | null;
  readonly claims: readonly LedgerClaim[];
  readonly findings: readonly LedgerFinding[];
  /** So many more there are. */
  readonly moreFindings: number;
  readonly log: TransitionLog;
}

/** The picture as it stands: good until the ledger is read on, also when it is read anew. */
export function pictureOf(reader: Omit<LedgerPicture, 'claims'> & { readonly replay: Replay }): LedgerPicture {
  const { head, dialect, mixed, replay, findings, moreFindings, log } = reader;
  return { head, dialect, mixed, claims: replay.claims(), findings, moreFindings, log };
}

/**
 * What a fresh reading found otherwise than it was shown, as of the last event that was shown, in sentences. Events that
 * came after that one are no difference, nor is what they did to a claim. Cost is linear in the transitions.
 */
export function differencesBetween(shown: LedgerPicture, fresh: LedgerPicture): readonly string[] {
  const end = `#${shown.head.toString()}`;
  if (fresh.head < shown.head) return [`It was shown up to event ${end}, but ends at #${fresh.head.toString()}.`];
  const hasGrown = fresh.head > shown.head;
  if (fresh.dialect !== shown.dialect || fresh.mixed !== shown.mixed) {
    return hasGrown
      ? ['Events came meanwhile that tell another dialect, so that the two readings cannot be compared: verify again.']
      : [`It was shown in ${dialectWords(shown)}, but is in ${dialectWords(fresh)}.`];
  }
  return [
    ...claimDifferences(shown, fresh),
    ...findingDifferences(shown, fresh),
    ...historyDifferences(shown.log.columns(), fresh.log.columns()),
  ];
}

function dialectWords({ dialect, mixed }: LedgerPicture): string {
  return mixed === null ? `the ${dialect} dialect` : 'both dialects';
}

function claimDifferences(shown: LedgerPicture, fresh: LedgerPicture): readonly string[] {
  const later = nodesChangedAfter(shown.head, fresh.log);
  const before = new Map(shown.claims.map((claim) => [claim.node, claim]));
  const after = new Map(fresh.claims.map((claim) => [claim.node, claim]));
  const differences: string[] = [];
  for (const node of new Set([...before.keys(), ...after.keys()])) {
    if (later.has(node)) continue;
    const [was, is] = [before.get(node), after.get(node)];
    const name = `Node ${quoteHostile(node)}`;
    if (holdWords(was) !== holdWords(is)) {
      differences.push(`${name} was shown as ${holdWords(was)}, but is ${holdWords(is)}.`);
    } else if (was?.digest !== is?.digest) {
      differences.push(`${name}: the bytes of event #${String(is?.changedBy)} are not those that were shown.`);
    } else if (fresh.head === shown.head && was?.statement !== is?.statement) {
      differences.push(`${name} was shown with another statement.`);
    }
  }
  return differences;
}

function nodesChangedAfter(head: number, log: TransitionLog): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (let index = log.count - 1; index >= 0; index -= 1) {
    const { node, sequence } = log.at(index);
    if (sequence <= head) break;
    nodes.add(node);
  }
  return nodes;
}

function holdWords(claim: LedgerClaim | undefined): string {
  if (claim === undefined) return 'not held';
  const { owner, claimedBy, changedBy, acquiredAt, expiresAt } = claim;
  const holder = owner === '' ? 'nobody named' : quoteHostile(owner);
  const taken = `#${claimedBy.toString()}${acquiredAt === null ? '' : ` (${quoteHostile(acquiredAt.text)})`}`;
  const until = expiresAt === null ? 'without an end' : `until ${quoteHostile(expiresAt.text)}`;
  return `held by ${holder} since ${taken}, ${until} by #${changedBy.toString()}`;
}

function findingDifferences(shown: LedgerPicture, fresh: LedgerPicture): readonly string[] {
  const told = ({ findings }: LedgerPicture) =>
    new Set(findings.filter(({ at }) => at !== null && at <= shown.head).map(({ message }) => message));
  const [before, after] = [told(shown), told(fresh)];
  return [
    ...[...after].filter((message) => !before.has(message)).map((message) => `This was not shown: ${message}`),
    ...[...before]
      .filter((message) => !after.has(message))
      .map((message) => `This was shown and is not so: ${message}`),
    ...(shown.head === fresh.head && shown.moreFindings !== fresh.moreFindings
      ? [`${shown.moreFindings.toString()} more findings were shown, but there are ${fresh.moreFindings.toString()}.`]
      : []),
  ];
}

/** The transitions that were shown must be those with which the fresh ones begin. */
function historyDifferences(shown: TransitionColumns, fresh: TransitionColumns): readonly string[] {
  const { count } = shown;
  const ends = 2 * count;
  const length = shown.times.ends[ends - 1] ?? 0;
  const isSame =
    fresh.count >= count &&
    isPrefix(shown.kinds, fresh.kinds, count) &&
    isPrefix(shown.nodes, fresh.nodes, count) &&
    isPrefix(shown.holders, fresh.holders, count) &&
    isPrefix(shown.sequences, fresh.sequences, count) &&
    isPrefix(shown.times.ends, fresh.times.ends, ends) &&
    isPrefix(shown.times.bytes, fresh.times.bytes, length) &&
    shown.nodeNames.every((name, i) => name === fresh.nodeNames[i]) &&
    shown.holderNames.every((name, i) => name === fresh.holderNames[i]);
  return isSame ? [] : ['What was shown of earlier claims, their history, is not what the events say.'];
}

type Numbers = Uint8Array | Uint32Array | Int32Array;

function isPrefix(a: Numbers, b: Numbers, count: number): boolean {
  return asBytes(a, count).equals(asBytes(b, count));
}

function asBytes({ buffer, byteOffset, BYTES_PER_ELEMENT }: Numbers, count: number): Buffer {
  return Buffer.from(buffer, byteOffset, count * BYTES_PER_ELEMENT);
}
