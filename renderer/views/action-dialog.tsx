import { type ReactNode, useState } from 'react';
import { actionWord } from '../../core/model';
import { mayClose } from '../store/action';
import { subjectAgain } from '../store/action-subject';
import type { ActionDialogState, ActionStage, ActionSubject } from '../store/state';
import { shown } from '../text';
import { ActAs, Inputs, whatIsMissing } from './action-fields';
import { ActionEnded, Conflict } from './action-outcome';
import { Planned } from './action-plan';
import { actionOf, doingWords, question } from './action-words';
import { useApp, useAppState, useNow } from './app-context';
import { Modal } from './modal';

/** The dialog of an action. It follows what it is about for as long as it is open. */
export function ActionDialog(): ReactNode {
  const dialog = useAppState((state) => state.dialog);
  if (dialog === null) return null;
  // Another claim (after a conflict was looked at) begins with empty fields.
  return <OpenDialog key={subjectKey(dialog.subject)} dialog={dialog} />;
}

function subjectKey(subject: ActionSubject): string {
  return subject.kind === 'mend'
    ? `mend:${subject.sourceId}:${subject.offer.mend}:${subject.offer.seen}`
    : `${subject.action}:${subject.claims.map(({ key, seen }) => `${key}:${seen}`).join()}`;
}

function OpenDialog({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
  const app = useApp();
  const [reason, setReason] = useState('');
  const [confirmation, setConfirmation] = useState('');
  const { stage, subject } = dialog;
  const action = actionOf(subject);
  const readOnly = useAppState((state) => state.hello?.readOnly !== false);
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const closable = useAppState((state) => mayClose(dialog, state.picture));
  const waitingSinceMs = useAppState(
    (state) => state.picture.sources.find(({ id }) => id === subject.sourceId)?.waitingSinceMs,
  );
  const now = useNow();
  const waitedMs = waitingSinceMs === undefined ? null : now - waitingSinceMs;
  const missing = whatIsMissing(stage, { action, readOnly, lost, reason, confirmation, waitedMs });
  const over = stage.kind === 'ended' || stage.kind === 'conflict';
  const commit = (): void => {
    if (missing === null) app.actions.commit({ reason, confirmation });
  };
  return (
    <Modal
      alert
      title={question(dialog.subject)}
      className="action-modal"
      onClose={() => {
        app.actions.close();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          commit();
        }}
      >
        <div className="modal-body">
          {stage.kind === 'ended' ? (
            <ActionEnded result={stage.result} subject={subject} />
          ) : stage.kind === 'conflict' ? (
            <Conflict dialog={dialog} message={stage.message} />
          ) : (
            <>
              {action === 'release' && <ActAs dialog={dialog} />}
              <Planned dialog={dialog} />
              {(stage.kind === 'planned' || stage.kind === 'committing') && (
                <Inputs
                  plan={stage.plan}
                  disabled={stage.kind === 'committing'}
                  reason={reason}
                  onReason={setReason}
                  confirmation={confirmation}
                  onConfirmation={setConfirmation}
                />
              )}
            </>
          )}
        </div>
        <footer className="modal-foot">
          <p className="modal-note" role="status">
            {over ? '' : (missing ?? undoWords(stage))}
          </p>
          {over ? (
            <>
              {stage.kind === 'conflict' && <LookAgain subject={subject} />}
              <button
                key="close"
                type="button"
                className="button"
                data-autofocus
                onClick={() => {
                  app.actions.close();
                }}
              >
                Close
              </button>
            </>
          ) : (
            <>
              <button
                type="button"
                className="button"
                disabled={!closable}
                data-autofocus={
                  action === 'reap' || action === 'mend' || stage.kind === 'committing' ? true : undefined
                }
                onClick={() => {
                  app.actions.close();
                }}
              >
                {stage.kind === 'committing' ? 'Close' : 'Cancel'}
              </button>
              <button
                key="commit"
                type="submit"
                className={action === 'release' ? 'button button-primary' : 'button button-danger'}
                disabled={missing !== null}
              >
                {stage.kind === 'committing' ? doingWords(action).button : actionWord(action)}
              </button>
            </>
          )}
        </footer>
      </form>
    </Modal>
  );
}

function undoWords(stage: ActionStage): string {
  return stage.kind === 'planned' ? shown(stage.plan.undo, 400) : '';
}

function LookAgain({ subject }: { readonly subject: ActionSubject }): ReactNode {
  const app = useApp();
  const still = useAppState((state) => subjectAgain(subject, state.picture) !== null);
  if (!still) return null;
  return (
    <button
      type="button"
      className="button button-primary"
      onClick={() => {
        app.actions.lookAgain();
      }}
    >
      Look again
    </button>
  );
}
