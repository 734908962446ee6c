import { assertNever, type ClaimRow, MOST_CLAIMS_AT_ONCE, type Plan, type SourceRow } from '../../core/model';
import type { Picture } from './picture';
import type { ActionSubject } from './state';

/** How the subject of a dialog stands in a picture. */
export type SubjectNow =
  /** Exactly as it was seen, and its rows are those of the picture before. */
  | { readonly kind: 'same' }
  /** As it was seen, but something about it may have changed that a plan tells. */
  | { readonly kind: 'touched' }
  /** Not as it was seen any more, in a sentence. */
  | { readonly kind: 'changed'; readonly message: string };

export function subjectNow(subject: ActionSubject, picture: Picture, before: Picture): SubjectNow {
  switch (subject.kind) {
    case 'claims':
      return claimsNow(subject.claims, picture, before);
    case 'mend':
      return mendNow(subject, sourceIn(picture, subject.sourceId), sourceIn(before, subject.sourceId));
    default:
      return assertNever(subject);
  }
}

function claimsNow(claims: readonly ClaimRow[], picture: Picture, before: Picture): SubjectNow {
  const gone = claims.filter(({ key }) => !picture.claims.has(key));
  const other = claims.filter(({ key, seen }) => (picture.claims.get(key)?.seen ?? seen) !== seen).length;
  if (gone.length + other > 0) {
    const isEnd = gone.every(({ sourceId }) => isEndKnown(picture, sourceId));
    return { kind: 'changed', message: changedWords(claims.length, { gone: gone.length, isEnd, other }) };
  }
  const touched = claims.some(({ key }) => picture.claims.get(key) !== before.claims.get(key));
  return { kind: touched ? 'touched' : 'same' };
}

/** Whether a claim of that source that is not shown any more has ended: what cannot be read to its end tells of no end. */
export function isEndKnown({ sources }: Pick<Picture, 'sources'>, sourceId: string): boolean {
  return sources.some(({ id, status }) => id === sourceId && status.kind === 'readable');
}

function changedWords(
  all: number,
  { gone, isEnd, other }: { readonly gone: number; readonly isEnd: boolean; readonly other: number },
): string {
  if (all === 1) {
    if (gone === 0) return 'This claim is no longer the one that you looked at.';
    return isEnd ? 'This claim has ended.' : 'This claim is not shown any more; whether it ended is not known.';
  }
  const are = (count: number): string => (count === 1 ? 'is' : 'are');
  const goneWords = isEnd ? `${gone === 1 ? 'has' : 'have'} ended` : `${are(gone)} not shown any more`;
  const parts = [
    gone === 0 ? null : `${gone.toString()} ${goneWords}`,
    other === 0 ? null : `${other.toString()} ${are(other)} no longer what you looked at`,
  ];
  const words = `Of these ${all.toString()} claims, ${parts.filter((part) => part !== null).join(', and ')}.`;
  return gone === 0 || isEnd ? words : `${words} Whether ${gone === 1 ? 'it' : 'they'} ended is not known.`;
}

function mendNow(
  { offer }: Extract<ActionSubject, { kind: 'mend' }>,
  source: SourceRow | undefined,
  before: SourceRow | undefined,
): SubjectNow {
  if (source === before) return { kind: 'same' };
  if (source === undefined) return { kind: 'changed', message: 'This source is no longer open.' };
  const offers = source.findings.flatMap(({ mend }) => (mend === undefined ? [] : [mend]));
  if (offers.some(({ mend, seen }) => mend === offer.mend && seen === offer.seen)) {
    const touched = source.head !== before?.head || source.held !== before.held || offers.length !== offersOf(before);
    return { kind: touched ? 'touched' : 'same' };
  }
  return offers.some(({ mend }) => mend === offer.mend)
    ? { kind: 'changed', message: 'What is to be mended is no longer what you looked at.' }
    : { kind: 'changed', message: 'There is nothing left to be mended this way.' };
}

function offersOf(source: SourceRow): number {
  return source.findings.filter(({ mend }) => mend !== undefined).length;
}

function sourceIn(picture: Picture, sourceId: string): SourceRow | undefined {
  return picture.sources.find(({ id }) => id === sourceId);
}

/** The subject as it is now, for somebody who wants to look at it again; null when nothing is left of it. */
export function subjectAgain(subject: ActionSubject, picture: Picture): ActionSubject | null {
  switch (subject.kind) {
    case 'claims': {
      const rows = subject.claims.flatMap(({ key }) => picture.claims.get(key) ?? []);
      const claims = rows.length > 1 ? rows.filter(canBeReapedTogether) : rows;
      return claims.length === 0 ? null : { ...subject, claims };
    }
    case 'mend': {
      const source = sourceIn(picture, subject.sourceId);
      const offer = source?.findings.find(({ mend }) => mend?.mend === subject.offer.mend)?.mend;
      return offer === undefined ? null : { ...subject, offer };
    }
    default:
      return assertNever(subject);
  }
}

/** Whether a plan is about exactly what the dialog shows. */
export function isOf(plan: Plan, subject: ActionSubject): boolean {
  if (subject.kind === 'mend') {
    return plan.action === 'mend' && plan.mend === subject.offer.mend && plan.seen === subject.offer.seen;
  }
  if (plan.action === 'mend' || plan.action !== subject.action || plan.claims.length !== subject.claims.length)
    return false;
  const seen = new Set(subject.claims.map((claim) => `${claim.claimId}\n${claim.seen}`));
  return plan.claims.every((claim) => seen.has(`${claim.claimId}\n${claim.seen}`));
}

function canBeReapedTogether(row: ClaimRow): boolean {
  return row.inBatch === true && row.actions.includes('reap');
}

/** Marked claims of one source that can be reaped in one step. */
export interface ReapGroup {
  readonly sourceId: string;
  /** At most as many as one step takes. */
  readonly claims: readonly ClaimRow[];
}

export interface Marked {
  /** Those that are still there, exactly as they were marked. */
  readonly rows: readonly ClaimRow[];
  /** By source, those with the most claims first. */
  readonly groups: readonly ReapGroup[];
  /** How many are in no group: not stale, or only to be taken away on their own. */
  readonly left: number;
}

/** What can be done with the claims that are marked. One claim alone can be reaped even where it can't be with others. */
export function markedIn(picture: Picture, marked: ReadonlyMap<string, string>): Marked {
  const rows = [...marked].flatMap(([key, seen]) => {
    const row = picture.claims.get(key);
    return row?.seen === seen ? [row] : [];
  });
  const bySource = new Map<string, ClaimRow[]>();
  for (const row of rows) {
    if (!canBeReapedTogether(row) && !(rows.length === 1 && row.actions.includes('reap'))) continue;
    const group = bySource.get(row.sourceId) ?? [];
    group.push(row);
    bySource.set(row.sourceId, group);
  }
  const groups = [...bySource]
    .map(([sourceId, claims]) => ({ sourceId, claims: claims.slice(0, MOST_CLAIMS_AT_ONCE) }))
    .sort((a, b) => b.claims.length - a.claims.length);
  const grouped = [...bySource.values()].reduce((sum, claims) => sum + claims.length, 0);
  return { rows, groups, left: rows.length - grouped };
}
