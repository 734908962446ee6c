import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describeError } from '../../host/errors';
import { quoteHostile, type ReadsAfter } from '../../model';
import { eventName, parseEventName } from '../events/event-names';
import { LedgerNames } from '../events/ledger-names';
import { readEventFile, roomForEvent } from '../events/read-event';
import { type EventFile, type SortedNames, sortNames } from '../events/sort-names';
import { type LockPrint, printOf } from '../locks/lock-print';
import { listNames } from '../reading/ledger-folder';
import type { LedgerReader } from '../reading/ledger-reader';
import { Turns } from '../reading/turns';
import { DialectJudge } from '../replay/dialect-judge';
import { createLivingReplay } from '../replay/living-replay';
import type { Dialect, Replay } from '../replay/replay';
import { createSeedReplay } from '../replay/seed-replay';

/** So many events may stand behind the fault; with more of them it is not at the end. */
const MOST_BEHIND = 100;
/** So many misnamed files are taken away at once. */
const MOST_EXTRA = 400;
/** A file that changed less than this long ago, in ms, may still be being written. */
const YOUNG_MS = 2_000;
const MOST_CLAIMS_SHOWN = 100;

/** A file that a mend takes away. */
export interface FoundFile {
  readonly name: string;
  readonly print: LockPrint;
}

/** What makes a ledger readable again. Plain data. */
export interface TrailingMend {
  /** By name; the last one is moved first. */
  readonly files: readonly [FoundFile, ...FoundFile[]];
  /** Of these, so many are events of the ledger's end; the others only look like events. */
  readonly events: number;
  /** Good events among them, in sentences. */
  readonly warnings: readonly string[];
  readonly after: ReadsAfter;
  /** The last event that stays; null where none does. */
  readonly last: FoundFile | null;
  /** The token for exactly these files. */
  readonly seen: string;
}

export type TrailingOutcome =
  | { readonly kind: 'mendable'; readonly mend: TrailingMend }
  /** Why not, in a sentence. `later`: it may be otherwise in some seconds. */
  | { readonly kind: 'not'; readonly reason: string; readonly later: boolean };

/**
 * Which files keep a ledger's own tools from reading it, if they stand at its end (protocol 1, *What the living replay
 * does*): what is named wrongly is never read, so it goes alone; a refused event goes with every event behind it, and
 * so does what stands behind a gap. Nothing is renumbered or rewritten. Rejects only when aborted.
 */
export async function findTrailing(reader: LedgerReader, nowMs: number, signal: AbortSignal): Promise<TrailingOutcome> {
  const against = reasonAgainst(reader);
  if (against !== null) return not(against);
  let listed: LedgerNames;
  try {
    listed = await listNames(reader.folder, { signal });
  } catch (error) {
    signal.throwIfAborted();
    return not(`The ledger cannot be listed: ${describeError(error)}.`);
  }
  const names = sortNames(listed, namingOf(reader));
  const replayed = await replayGood(reader, names.consecutive, signal);
  if (typeof replayed === 'string') return not(replayed);
  const { good, replay } = replayed;
  const tooMuch = whyTooMuch(reader, names, good);
  if (tooMuch !== null) return not(tooMuch);
  const tail = names.after(good);
  const mixed = await stillMixed(reader, listed, good, signal);
  if (mixed !== null) return not(mixed);
  const files: FoundFile[] = [];
  const turns = new Turns(signal);
  for (const { name } of [...names.extra, ...tail].sort((a, b) => a.sequence - b.sequence)) {
    const print = printOf(join(reader.folder, name));
    if (print === null) return not(`${quoteHostile(name)} is not there any more. Look again.`, true);
    if (isYoung(print, nowMs)) {
      return not(`${quoteHostile(name)} was written less than 2 s ago, and may not be finished. Look again.`, true);
    }
    files.push({ name, print });
    await turns.next();
  }
  const [first, ...others] = files;
  if (first === undefined) return not('What is wrong here is no file at its end.', true);
  const warnings = await goodOnesIn({ reader, replay, names, tail, good }, turns);
  if (typeof warnings === 'string') return not(warnings);
  const last = good === 0 ? null : foundAt(reader, good);
  if (good > 0 && last === null) return not('The last good event is not there any more. Look again.', true);
  return {
    kind: 'mendable',
    mend: {
      files: [first, ...others],
      events: tail.length,
      warnings,
      after: readsAfter(replay, good),
      last,
      seen: seenOf(reader, files, last),
    },
  };
}

/** How the events here are named. */
export function namingOf(reader: LedgerReader): Dialect {
  return reader.nameOf(1).startsWith('event-') ? 'seed' : 'living';
}

function reasonAgainst(reader: LedgerReader): string | null {
  if (reader.outOfReach !== null) return `The ledger cannot be read: ${reader.outOfReach}.`;
  if (reader.fault === null) return 'Its own tools can read this proof: there is nothing to mend.';
  if (!reader.fault.proven) {
    return `${reader.fault.finding.message} Whether its own tools can read it is not known, so nothing is mended.`;
  }
  return null;
}

/**
 * Whether evidence for both dialects is left when the files of a mend are gone, in a sentence; null when there is for
 * one alone. Then it was the bad end that brought the other dialect in, and whose rules hold is not in doubt.
 */
async function stillMixed(
  reader: LedgerReader,
  listed: LedgerNames,
  good: number,
  signal: AbortSignal,
): Promise<string | null> {
  if (reader.mixed === null) return null;
  const judge = new DialectJudge(reader.proofFolder);
  const left = Array.from({ length: good }, (_, at) => eventName(at + 1, namingOf(reader)));
  const other = namingOf(reader) === 'seed' ? 'living' : 'seed';
  const others = [
    ...Array.from(listed.plain(other), (sequence) => ({ name: eventName(sequence, other), isFolder: false })),
    ...listed.others.filter(({ name }) => parseEventName(name)?.spelling === other),
  ];
  judge.start(LedgerNames.of([...left.map((name) => ({ name, isFolder: false })), ...others]));
  const turns = new Turns(signal);
  const room = roomForEvent();
  for (const name of left) {
    const read = readEventFile(reader.folder, reader.proofFolder, name, room);
    if (read.kind === 'read') judge.addEvent(read.bytes);
    await turns.next();
  }
  if (judge.mixed === null && judge.dialect === reader.dialect) return null;
  return `${reader.mixed} By whose rules it would be mended is not clear.`;
}

/** Replays what its own tools could read if nothing misnamed were there; gives the number of the last good event. */
async function replayGood(
  reader: LedgerReader,
  consecutive: number,
  signal: AbortSignal,
): Promise<{ readonly good: number; readonly replay: Replay } | string> {
  const next = reader.head + 1;
  if (reader.head === consecutive || (reader.head < consecutive && isRefused(reader, reader.replay, next))) {
    return { good: reader.head, replay: reader.replay };
  }
  // A doubled number stopped the reading in the middle: what is behind it is good, or not.
  const replay = reader.dialect === 'living' ? createLivingReplay() : createSeedReplay();
  const turns = new Turns(signal);
  const room = roomForEvent();
  for (let sequence = 1; sequence <= consecutive; sequence += 1) {
    const read = readEventFile(reader.folder, reader.proofFolder, reader.nameOf(sequence), room);
    if (read.kind === 'link-out' || read.kind === 'unreadable' || read.kind === 'missing' || read.kind === 'folder') {
      return `Event #${sequence.toString()} cannot be read, so what would be left is not known.`;
    }
    if (read.kind !== 'read' || replay.apply(sequence, read.bytes).kind === 'refused') {
      return { good: sequence - 1, replay };
    }
    await turns.next();
  }
  return { good: consecutive, replay };
}

/** Whether event `sequence` stands there and its own tools would not take it. */
function isRefused(reader: LedgerReader, replay: Replay, sequence: number): boolean {
  const read = readEventFile(reader.folder, reader.proofFolder, reader.nameOf(sequence));
  if (read.kind === 'too-large' || read.kind === 'not-a-file') return true;
  return read.kind === 'read' && replay.check(sequence, read.bytes).kind === 'refused';
}

function whyTooMuch(reader: LedgerReader, names: SortedNames, good: number): string | null {
  const behind = names.consecutive - good + names.behindGap;
  if (behind > MOST_BEHIND) {
    return `The fault at #${(good + 1).toString()} is not at its end: ${behind.toString()} events would have to go, and ${MOST_BEHIND.toString()} are the most. What stands in the middle is never rewritten.`;
  }
  if (names.extra.length > MOST_EXTRA) {
    return `${names.extra.length.toString()} files are named like events and are none: more than are taken away at once.`;
  }
  // The seed's replay begins with an empty ledger. Of the living program it is not known to read one.
  if (good === 0 && reader.dialect === 'living') {
    return 'Not one good event would be left, and whether its own tools read an empty ledger is not known.';
  }
  return null;
}

function isYoung(print: LockPrint, nowMs: number): boolean {
  const ageMs = nowMs - Number(BigInt(print.changedNs) / 1_000_000n);
  return Math.abs(ageMs) < YOUNG_MS;
}

/** What stands behind the last good event, and what is misnamed. */
interface Behind {
  readonly reader: LedgerReader;
  readonly replay: Replay;
  readonly names: SortedNames;
  readonly tail: readonly EventFile[];
  readonly good: number;
}

/** Events that go although they would have counted by themselves, in sentences; a text alone is why nothing is mended. */
async function goodOnesIn(
  { reader, replay, names, tail, good }: Behind,
  turns: Turns,
): Promise<readonly string[] | string> {
  const warnings: string[] = [];
  if (reader.mixed !== null) {
    warnings.push(`${reader.mixed} Tools of the other protocol go by those events, and lose what they say.`);
  }
  for (const { name, sequence } of [...names.extra, ...tail]) {
    await turns.next();
    const read = readEventFile(reader.folder, reader.proofFolder, name);
    if (read.kind === 'link-out' || read.kind === 'unreadable') {
      return `${quoteHostile(name)} cannot be read, so what would be taken away is not known.`;
    }
    if (read.kind !== 'read' || replay.check(good + 1, read.bytes).kind === 'refused') continue;
    const proper = reader.nameOf(sequence);
    if (proper !== name && isCopyOf(reader, proper, read.bytes)) continue;
    warnings.push(
      proper === name
        ? `${quoteHostile(name)} would count by itself, but stands behind the fault: it goes too, and what it says is lost to the ledger.`
        : `${quoteHostile(name)} holds an event that would count if it were named rightly. Nothing is renumbered: what it says is lost to the ledger.`,
    );
  }
  return warnings;
}

function isCopyOf(reader: LedgerReader, name: string, bytes: Uint8Array): boolean {
  const read = readEventFile(reader.folder, reader.proofFolder, name);
  return read.kind === 'read' && Buffer.compare(read.bytes, bytes) === 0;
}

function foundAt(reader: LedgerReader, sequence: number): FoundFile | null {
  const name = reader.nameOf(sequence);
  const print = printOf(join(reader.folder, name));
  return print === null ? null : { name, print };
}

function readsAfter(replay: Replay, head: number): ReadsAfter {
  const claims = replay.claims();
  return {
    head,
    held: claims.length,
    claims: claims
      .slice(0, MOST_CLAIMS_SHOWN)
      .map(({ node, owner, expiresAt }) => ({ resource: node, holder: owner, until: expiresAt })),
  };
}

function seenOf(reader: LedgerReader, files: readonly FoundFile[], last: FoundFile | null): string {
  const all = JSON.stringify([reader.dialect, files, last]);
  return `${files.length.toString()}.${createHash('sha256').update(all).digest('hex').slice(0, 24)}`;
}

function not(reason: string, later = false): TrailingOutcome {
  return { kind: 'not', reason, later };
}
