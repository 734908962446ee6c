import { type ActionKind, actionWord, type ClaimRow, type MendKind } from '../../core/model';
import { formatCount } from '../format';
import type { ActionSubject } from '../store/state';
import { shown } from '../text';
import { holderInQuestion } from './holder';

export function actionOf(subject: ActionSubject): ActionKind {
  return subject.kind === 'mend' ? 'mend' : subject.action;
}

const MENDS: Record<MendKind, string> = {
  'trailing-events': 'Mend the end of',
  'leftover-files': 'Take leftover files away from',
};

/** What the dialog asks: `Reap node 1.2 from verifier-bo?` */
export function question(subject: ActionSubject): string {
  if (subject.kind === 'mend') return `${MENDS[subject.offer.mend]} ${shown(subject.title, 80)}?`;
  const [claim] = subject.claims;
  const word = actionWord(subject.action);
  if (claim === undefined) return `${word}?`;
  if (subject.claims.length > 1) return `${word} ${formatCount(subject.claims.length)} ${kindsOf(subject.claims)}?`;
  const what = `${word} ${shown(claim.kind, 40)} ${shown(claim.resource, 80)}`;
  return subject.action === 'release' ? `${what}?` : `${what} from ${holderInQuestion(claim.holder)}?`;
}

function kindsOf(claims: readonly ClaimRow[]): string {
  const [kind, ...others] = new Set(claims.map((claim) => claim.kind));
  return kind === undefined || others.length > 0 ? 'claims' : `${shown(kind, 40)}s`;
}
