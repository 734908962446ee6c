import { assertNever, quoteHostile, type SourceRow, type SourceStatus } from '../../core/model';
import { formatCount, ticking } from '../format';
import { protocolWord, TASK_LEASE, unitWord } from './protocol-words';

/** A source's title for a button or a command; with its protocol where another one has the same title. */
export function sourceName(source: SourceRow, all: readonly SourceRow[]): string {
  const title = quoteHostile(source.title, 80);
  return hasTwin(source, all) ? `${title} (${quoteHostile(protocolWord(source.protocol), 60)})` : title;
}

/** Whether another source has the same title. */
export function hasTwin({ id, title }: SourceRow, all: readonly SourceRow[]): boolean {
  return all.some((other) => other.id !== id && other.title === title);
}

/** What an operator can do about how a source stands, in a sentence; null where there is nothing to say. */
export function adviceOf({ status, protocol }: Pick<SourceRow, 'status' | 'protocol'>): string | null {
  switch (status.kind) {
    case 'out-of-reach':
      return 'It is looked at again every 2 s, and shown as soon as it can be read.';
    case 'unreadable':
      return protocol === TASK_LEASE ? 'Put a backup of it in its place, or have its own tools set it up anew.' : null;
    case 'reading':
    case 'not-read':
    case 'readable':
    case 'undecided':
      return null;
    default:
      return assertNever(status);
  }
}

/** A reason that goes on after a title, as a sentence of its own. */
export function reasonWords(reason: string): string {
  return reason.replace(/^its /, 'Its ').replace(/(?<=[\p{L}\p{N})"'])$/u, '.');
}

export interface SignedWords {
  /** Which dot goes with it. */
  readonly dot: SourceStatus['kind'];
  readonly text: string;
}

/** Where a source stands; where its disk does not answer, as far as was known before. */
export function standingOf({ status, waitingSinceMs }: SourceRow): SignedWords {
  const text = statusWords(status);
  return waitingSinceMs === undefined
    ? { dot: status.kind, text }
    : { dot: 'undecided', text: `its disk does not answer; before that: ${text}` };
}

/** Where a source stands, in a few words without a full stop. */
function statusWords(status: SourceStatus): string {
  switch (status.kind) {
    case 'reading':
      return 'being read';
    case 'not-read':
      return 'not read';
    case 'readable':
      return 'readable';
    case 'unreadable':
      return status.at === null
        ? 'its own tools cannot read it'
        : `its own tools cannot read it from #${status.at.toString()}`;
    case 'undecided':
      return 'cannot tell whether its own tools can read it';
    case 'out-of-reach':
      return 'out of reach';
    default:
      return assertNever(status);
  }
}

/** How far a reading of everything has come, the first or a later one; null while there is none. */
export function progressOf(source: SourceRow): { readonly done: number; readonly total: number | null } | null {
  return source.status.kind === 'reading' ? source.status : (source.rereading ?? null);
}

/** `12,300 of 100,000 events` */
export function progressWords(
  { done, total }: { readonly done: number; readonly total: number | null },
  protocol: string,
): string {
  const unit = unitWord(protocol);
  return total === null ? `${formatCount(done)} ${unit}` : `${formatCount(done)} of ${formatCount(total)} ${unit}`;
}

/** What the watch of one source is doing. `nowMs` is unix ms of the host's clock. */
export function watchOfOne(source: SourceRow, nowMs: number): SignedWords {
  if (source.waitingSinceMs !== undefined) {
    return { dot: 'undecided', text: `No answer from its disk for ${ticking(nowMs - source.waitingSinceMs)}` };
  }
  const progress = progressOf(source);
  if (progress !== null) {
    const again = source.status.kind === 'reading' ? '' : ' again';
    return { dot: 'reading', text: `Reading${again}: ${progressWords(progress, source.protocol)}` };
  }
  if (source.status.kind === 'not-read') return { dot: 'not-read', text: 'Not read' };
  if (source.status.kind === 'out-of-reach') {
    const { since } = source.status;
    return { dot: 'out-of-reach', text: `Out of reach for ${ticking(nowMs - since.ms)}, looking every 2 s` };
  }
  if (source.watch === 'off') return { dot: 'undecided', text: 'Not watched' };
  return { dot: source.status.kind, text: source.watch === 'looking' ? 'Looking every 2 s' : 'Watching' };
}

/** What the watch of the whole workspace is doing; the sources that read are told one by one beside it. */
export function watchOfAll(sources: readonly SourceRow[]): SignedWords {
  const [only] = sources;
  if (only === undefined) return { dot: 'undecided', text: 'Nothing to watch' };
  const of = { watching: 0, looking: 0, off: 0, outOfReach: 0, notRead: 0, reading: 0, waiting: 0 };
  for (const { status, watch, waitingSinceMs } of sources) {
    if (waitingSinceMs !== undefined) of.waiting += 1;
    else if (status.kind === 'out-of-reach') of.outOfReach += 1;
    else if (status.kind === 'not-read') of.notRead += 1;
    else if (status.kind === 'reading') of.reading += 1;
    else of[watch] += 1;
  }
  const parts = [
    of.watching > 0 ? `watching ${counted(of.watching)}` : null,
    of.looking > 0 ? `looking at ${of.watching > 0 ? formatCount(of.looking) : counted(of.looking)} every 2 s` : null,
    of.reading > 0 ? `reading ${formatCount(of.reading)}` : null,
    of.waiting > 0 ? `waiting for ${formatCount(of.waiting)}` : null,
    of.outOfReach > 0 ? `${formatCount(of.outOfReach)} out of reach` : null,
    of.notRead > 0 ? `${formatCount(of.notRead)} not read` : null,
    of.off > 0 ? `${formatCount(of.off)} not watched` : null,
  ].filter((part) => part !== null);
  const text = parts.join(', ');
  const dot =
    of.outOfReach > 0
      ? 'out-of-reach'
      : of.off + of.notRead + of.waiting > 0
        ? 'undecided'
        : of.reading > 0
          ? 'reading'
          : 'readable';
  return { dot, text: text.charAt(0).toUpperCase() + text.slice(1) };
}

function counted(sources: number): string {
  return sources === 1 ? '1 source' : `${formatCount(sources)} sources`;
}

/** Why what is shown may be old, where the clock moved by so much at once. */
export function clockMovedWords(byMs: number): string {
  return byMs < 0
    ? `The clock was set back by ${ticking(-byMs)}; looking again`
    : `The clock moved by ${ticking(byMs)} (the machine slept, or it was set); looking again`;
}

export interface AgeWords {
  readonly text: string;
  /** More of it, for who asks. */
  readonly title: string;
}

/**
 * How old the picture is: that of one source, or of the one that was read the longest ago. Null where nothing was read
 * yet. What is watched and was read a while ago has not changed since; that is said.
 */
export function ageOf(sources: readonly SourceRow[], nowMs: number): AgeWords | null {
  let oldest: SourceRow | null = null;
  for (const source of sources) {
    if (source.readAtMs !== null && source.readAtMs < (oldest?.readAtMs ?? Number.POSITIVE_INFINITY)) oldest = source;
  }
  if (oldest === null || oldest.readAtMs === null) return null;
  const age = nowMs - oldest.readAtMs;
  // Our clock may have been set back meanwhile: then its age is not known.
  const ago = age < -2_000 ? 'before the clock was set back' : age < 1_000 ? 'just now' : `${ticking(age)} ago`;
  const name = quoteHostile(oldest.title, 60);
  const at = new Date(oldest.readAtMs).toISOString();
  const since =
    oldest.watch === 'off' || oldest.status.kind === 'out-of-reach' || oldest.waitingSinceMs !== undefined
      ? 'It may have changed since.'
      : 'It is watched: nothing was seen to change since.';
  return {
    text: sources.length > 1 ? `Oldest read ${ago}` : `Read ${ago}`,
    title: `${name} was last read at ${at}. ${since}`,
  };
}
