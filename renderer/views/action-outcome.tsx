import { CircleCheck, GitCompareArrows, Hourglass, OctagonAlert, ShieldX } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ActionKind, type ActionResult, assertNever, type ClaimRow, saidOnce } from '../../core/model';
import { formatCount } from '../format';
import { isEndKnown } from '../store/action-subject';
import type { ActionDialogState, ActionSubject } from '../store/state';
import { shown } from '../text';
import { actionOf, doingWords } from './action-words';
import { useApp, useAppState } from './app-context';
import { HolderName } from './holder';
import { ExactText } from './long-text';
import { VerdictLabel } from './signs';
import { Timestamp } from './timestamp';
import { UndoButton } from './undo-button';

type DoneResult = Extract<ActionResult, { kind: 'done' }>;

/** Writes beyond this many are counted; the audit log has each. */
const WRITTEN_SHOWN = 20;

/** What the dialog is about changed under it: says so, and what it is now. */
export function Conflict({
  dialog,
  message,
}: {
  readonly dialog: ActionDialogState;
  readonly message: string;
}): ReactNode {
  const { subject } = dialog;
  const [claim, ...others] = subject.kind === 'claims' ? subject.claims : [];
  const said = saidOnce(message);
  return (
    <div className="outcome outcome-conflict" role="alert">
      <GitCompareArrows size={18} aria-hidden className="outcome-sign" />
      <div>
        <p className="outcome-title">{whatChanged(subject)} changed while you looked</p>
        <p className="wrap">
          {shown(said, 600)} {nothingAtAll(actionOf(subject))}
        </p>
        {claim !== undefined && others.length === 0 && <SeenAndNow claim={claim} />}
      </div>
    </div>
  );
}

function SeenAndNow({ claim }: { readonly claim: ClaimRow }): ReactNode {
  const now = useAppState((state) => state.picture.claims.get(claim.key));
  const isEnd = useAppState((state) => isEndKnown(state.picture, claim.sourceId));
  return (
    <dl className="compare">
      <dt>You saw</dt>
      <dd>
        <AsItIs claim={claim} />
      </dd>
      <dt>Now</dt>
      <dd>
        {now !== undefined ? (
          <AsItIs claim={now} />
        ) : (
          <span>{isEnd ? 'it is free' : 'it is not shown any more; whether it ended is not known'}</span>
        )}
      </dd>
    </dl>
  );
}

/** All by which two claims on one resource can differ to the eye. */
function AsItIs({ claim }: { readonly claim: ClaimRow }): ReactNode {
  return (
    <>
      <VerdictLabel verdict={claim.verdict} /> <HeldBy holder={claim.holder} />
      {claim.expiresAt !== null && (
        <span className="muted">
          {' until '}
          <Timestamp instant={claim.expiresAt} />
        </span>
      )}
    </>
  );
}

/** After a conflict in the dialog nothing more happens either, until the operator looks again. */
function nothingAtAll(action: ActionKind): string {
  return `${doingWords(action).nothing.replace(/\.$/, '')}, and nothing will be.`;
}

/** What a conflict is about: `The claim`. */
function whatChanged(subject: ActionSubject): string {
  if (subject.kind === 'mend') return 'The source';
  return subject.claims.length === 1 ? 'The claim' : 'Some of the claims';
}

function HeldBy({ holder }: { readonly holder: string | null }): ReactNode {
  if (holder === null) return <span className="muted">holder not known</span>;
  return (
    <span>
      held by <HolderName name={holder} nameClass="strong" />
    </span>
  );
}

/** Reasons why there is nothing to commit. */
export function Trouble({
  title,
  reasons,
}: {
  readonly title: string;
  readonly reasons: readonly string[];
}): ReactNode {
  return (
    <div className="outcome outcome-refused" role="alert">
      <ShieldX size={18} aria-hidden className="outcome-sign" />
      <div>
        <p className="outcome-title">{title}</p>
        <Sentences of={reasons} />
      </div>
    </div>
  );
}

/** How the action ended. Warnings after it was done are the loudest of all. */
export function ActionEnded({
  result,
  subject,
}: {
  readonly result: ActionResult;
  readonly subject: ActionSubject;
}): ReactNode {
  const still = useStillHeld(subject);
  switch (result.kind) {
    case 'done':
      // Its warnings say the same, and there is a way on.
      if (still !== null) return <StillHeld result={result} claimKey={still} />;
      return (
        <>
          {result.warnings.length > 0 && (
            <div className="outcome outcome-failed outcome-loud" role="alert">
              <OctagonAlert size={20} aria-hidden className="outcome-sign" />
              <div>
                <p className="outcome-title">{doingWords(actionOf(subject)).loud}</p>
                <Sentences of={result.warnings} />
              </div>
            </div>
          )}
          <div className="outcome outcome-done" role="status">
            <CircleCheck size={18} aria-hidden className="outcome-sign" />
            <div className="outcome-words">
              <p className="outcome-title">Done</p>
              <p className="wrap">{shown(result.message, 600)}</p>
              {[...new Set((result.removed ?? []).map(({ undoId }) => undoId))].map((undoId) => (
                <UndoButton key={undoId} sourceId={subject.sourceId} undoId={undoId} />
              ))}
              <Written files={result.written} />
            </div>
          </div>
        </>
      );
    case 'conflict':
      return (
        <div className="outcome outcome-conflict" role="alert">
          <GitCompareArrows size={18} aria-hidden className="outcome-sign" />
          <div>
            <p className="outcome-title">Conflict: {whatChanged(subject).toLowerCase()} had changed</p>
            <p className="wrap">
              {shown(saidOnce(result.message), 600)} {doingWords(actionOf(subject)).nothing}
            </p>
          </div>
        </div>
      );
    case 'refused':
      return <Trouble title={doingWords(actionOf(subject)).refused} reasons={result.reasons.map(saidOnce)} />;
    case 'failed':
      return (
        <div className="outcome outcome-failed" role="alert">
          <OctagonAlert size={18} aria-hidden className="outcome-sign" />
          <div>
            <p className="outcome-title">Failed</p>
            <p className="wrap">{shown(result.error, 1000)}</p>
          </div>
        </div>
      );
    default:
      return assertNever(result);
  }
}

/** The claim whose holder was told to end and did not, as far as is seen by now; null where that is not so. */
function useStillHeld(subject: ActionSubject): string | null {
  const key = subject.kind === 'claims' && subject.action === 'terminate' ? subject.claims[0]?.key : undefined;
  return useAppState(({ picture }) =>
    key !== undefined && picture.claims.get(key)?.actions.includes('kill') === true ? key : null,
  );
}

/** The holder was told to end and did not: what is known of it, and the way on. */
function StillHeld({ result, claimKey }: { readonly result: DoneResult; readonly claimKey: string }): ReactNode {
  const app = useApp();
  return (
    <div className="outcome outcome-refused" role="alert">
      <Hourglass size={18} aria-hidden className="outcome-sign" />
      <div className="outcome-words">
        <p className="outcome-title">The signal was sent, and its holder has not ended</p>
        <Sentences of={[result.message, ...result.warnings]} />
        <button
          type="button"
          className="button button-danger next-step"
          onClick={() => {
            app.actions.begin(claimKey, 'kill');
          }}
        >
          Kill holder…
        </button>
      </div>
    </div>
  );
}

/** What was written, byte for byte. */
function Written({ files }: { readonly files: DoneResult['written'] }): ReactNode {
  return (
    <>
      {files.slice(0, WRITTEN_SHOWN).map((file, at) => (
        <pre key={at} className="record planned-write" tabIndex={0} aria-label={`Written: ${shown(file.file, 80)}`}>
          <span className="write-file">{shown(file.file, 80)}</span>
          <code dir="ltr">
            <ExactText text={file.content} />
          </code>
        </pre>
      ))}
      {files.length > WRITTEN_SHOWN && (
        <p className="small muted">and {formatCount(files.length - WRITTEN_SHOWN)} more</p>
      )}
    </>
  );
}

function Sentences({ of }: { readonly of: readonly string[] }): ReactNode {
  const [only] = of;
  if (of.length === 1 && only !== undefined) return <p className="wrap">{shown(only, 1000)}</p>;
  return (
    <ul className="sentences">
      {of.map((sentence) => (
        <li key={sentence} className="wrap">
          {shown(sentence, 1000)}
        </li>
      ))}
    </ul>
  );
}
