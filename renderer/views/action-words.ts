import {
  type ActionKind,
  actionWord,
  assertNever,
  type ClaimAction,
  type ClaimRow,
  type MendKind,
} from '../../core/model';
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
  const resource = shown(claim.resource, 80);
  const what = `${shown(claim.kind, 40)} ${resource}`;
  switch (subject.action) {
    case 'release':
      return `Release ${what}?`;
    case 'reap':
    case 'force-release':
      return `${word} ${what} from ${holderInQuestion(claim.holder)}?`;
    case 'terminate':
      return `Terminate ${processInQuestion(claim)}, the holder of ${resource}?`;
    case 'kill':
      return `Kill ${processInQuestion(claim)}, the holder of ${resource}?`;
    default:
      return assertNever(subject.action);
  }
}

/** `python3 (pid 4242)` */
function processInQuestion({ holder, holderNote }: ClaimRow): string {
  const note = holderNote === null ? '' : ` (${shown(holderNote, 40)})`;
  return `${holderInQuestion(holder === null ? null : shown(holder, 40))}${note}`;
}

/** `Reap node 1.2`, `Terminate the holder of file-lock .git-sync.lock` */
export function actionOn(action: ClaimAction, { kind, resource }: ClaimRow): string {
  const what = `${shown(kind, 40)} ${shown(resource, 60)}`;
  switch (action) {
    case 'release':
    case 'reap':
    case 'force-release':
      return `${actionWord(action)} ${what}`;
    case 'terminate':
      return `Terminate the holder of ${what}`;
    case 'kill':
      return `Kill the holder of ${what}`;
    default:
      return assertNever(action);
  }
}

/** What a dialog says of how far it is: about a write into a source, or about a signal to a process. */
export interface DoingWords {
  readonly working: string;
  readonly impossible: string;
  /** On the button, while it is done. */
  readonly button: string;
  readonly doing: string;
  /** With a full stop. */
  readonly nothing: string;
  readonly refused: string;
  readonly wouldNot: string;
  readonly unclear: string;
  /** It was done, and there are warnings. */
  readonly loud: string;
  readonly dryRun: string;
}

const WRITING: DoingWords = {
  working: 'Working out what would be written…',
  impossible: 'Nothing can be written as things are.',
  button: 'Writing…',
  doing: 'Writing. This takes a moment at most.',
  nothing: 'Nothing was written.',
  refused: 'Refused: nothing was written',
  wouldNot: 'Lockscope would not write this',
  unclear: 'What would be written could not be worked out',
  loud: 'It was written, and something went wrong after it',
  dryRun: 'Read-only: this is a dry run. Start Lockscope without --read-only to write.',
};

const SIGNALLING: DoingWords = {
  working: 'Looking at who holds it…',
  impossible: 'Nobody can be signalled as things are.',
  button: 'Sending…',
  doing: 'The signal is sent, and its holder has a moment to end.',
  nothing: 'Nobody was signalled.',
  refused: 'Refused: nobody was signalled',
  wouldNot: 'Lockscope would not signal anybody here',
  unclear: 'Who would get the signal could not be worked out',
  loud: 'The signal was sent, but look at this',
  dryRun: 'Read-only: this is a dry run. Start Lockscope without --read-only to send it.',
};

export function doingWords(action: ActionKind): DoingWords {
  return isSignal(action) ? SIGNALLING : WRITING;
}

/** Whether it ends a process, and writes nothing. */
export function isSignal(action: ActionKind): boolean {
  return action === 'terminate' || action === 'kill';
}

function kindsOf(claims: readonly ClaimRow[]): string {
  const [kind, ...others] = new Set(claims.map((claim) => claim.kind));
  return kind === undefined || others.length > 0 ? 'claims' : `${shown(kind, 40)}s`;
}
