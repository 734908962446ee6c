import { CircleCheck, GitCompareArrows, OctagonAlert, ShieldX } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ActionResult, assertNever, type ClaimRow, saidOnce } from '../../core/model';
import { isEndKnown } from '../store/action-subject';
import type { ActionDialogState, ActionSubject } from '../store/state';
import { shown } from '../text';
import { useAppState } from './app-context';
import { HolderName } from './holder';
import { ExactText } from './long-text';
import { VerdictLabel } from './signs';
import { Timestamp } from './timestamp';
import { UndoButton } from './undo-button';

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
        <p className="wrap">{shown(said, 600)} Nothing was written, and nothing will be.</p>
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
  switch (result.kind) {
    case 'done':
      return (
        <>
          {result.warnings.length > 0 && (
            <div className="outcome outcome-failed outcome-loud" role="alert">
              <OctagonAlert size={20} aria-hidden className="outcome-sign" />
              <div>
                <p className="outcome-title">It was written, and something went wrong after it</p>
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
              {result.written.map((file) => (
                <pre
                  key={file.file}
                  className="record planned-write"
                  tabIndex={0}
                  aria-label={`Written: ${shown(file.file, 80)}`}
                >
                  <span className="write-file">{shown(file.file, 80)}</span>
                  <code dir="ltr">
                    <ExactText text={file.content} />
                  </code>
                </pre>
              ))}
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
            <p className="wrap">{shown(saidOnce(result.message), 600)} Nothing was written.</p>
          </div>
        </div>
      );
    case 'refused':
      return <Trouble title="Refused: nothing was written" reasons={result.reasons.map(saidOnce)} />;
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
