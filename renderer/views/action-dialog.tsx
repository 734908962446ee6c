import { type ReactNode, useId, useState } from 'react';
import { actionWord, assertNever, type ClaimRow, type Plan } from '../../core/model';
import { ticking } from '../format';
import type { ActionDialogState, ActionStage } from '../store/state';
import { shown } from '../text';
import { ActionEnded, Conflict, Trouble } from './action-outcome';
import { useApp, useAppState, useNow } from './app-context';
import { EvidenceList, Part } from './detail-pane';
import { ExactText } from './long-text';
import { Modal } from './modal';

/** The dialog of a release, a reap or a force-release. It follows the claim for as long as it is open. */
export function ActionDialog(): ReactNode {
  const dialog = useAppState((state) => state.dialog);
  if (dialog === null) return null;
  // Another claim (after a conflict was looked at) begins with empty fields.
  return <OpenDialog key={`${dialog.action}:${dialog.claim.key}:${dialog.claim.seen}`} dialog={dialog} />;
}

/** `Reap node 1.2 from verifier-bo?` */
function question(dialog: ActionDialogState): string {
  const { claim, action } = dialog;
  const what = `${actionWord(action)} ${shown(claim.kind, 40)} ${shown(claim.resource, 80)}`;
  if (action === 'release') return `${what}?`;
  return `${what} from ${holderWords(claim)}?`;
}

function holderWords(claim: ClaimRow): string {
  if (claim.holder === null) return 'an unknown holder';
  return claim.holder === '' ? 'a holder without a name' : shown(claim.holder, 80);
}

function OpenDialog({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
  const app = useApp();
  const [reason, setReason] = useState('');
  const [confirmation, setConfirmation] = useState('');
  const { stage } = dialog;
  const readOnly = useAppState((state) => state.hello?.readOnly !== false);
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const missing = whatIsMissing(stage, { readOnly, lost, reason, confirmation });
  const over = stage.kind === 'ended' || stage.kind === 'conflict';
  const commit = (): void => {
    if (missing === null) app.actions.commit({ reason, confirmation });
  };
  return (
    <Modal
      alert
      title={question(dialog)}
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
            <ActionEnded result={stage.result} sourceId={dialog.claim.sourceId} />
          ) : stage.kind === 'conflict' ? (
            <Conflict dialog={dialog} message={stage.message} />
          ) : (
            <>
              {dialog.action === 'release' && <ActAs dialog={dialog} />}
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
              {stage.kind === 'conflict' && <LookAgain claim={dialog.claim} />}
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
                disabled={stage.kind === 'committing'}
                data-autofocus={dialog.action === 'reap' ? true : undefined}
                onClick={() => {
                  app.actions.close();
                }}
              >
                Cancel
              </button>
              <button
                key="commit"
                type="submit"
                className={dialog.action === 'release' ? 'button button-primary' : 'button button-danger'}
                disabled={missing !== null}
              >
                {stage.kind === 'committing' ? 'Writing…' : actionWord(dialog.action)}
              </button>
            </>
          )}
        </footer>
      </form>
    </Modal>
  );
}

/** Why the action cannot be done right now, in a sentence; null when it can. */
function whatIsMissing(
  stage: ActionStage,
  given: {
    readonly readOnly: boolean;
    readonly lost: boolean;
    readonly reason: string;
    readonly confirmation: string;
  },
): string | null {
  switch (stage.kind) {
    case 'needs-name':
      return 'Type the name that you act as.';
    case 'planning':
      return 'Working out what would be written…';
    case 'refused':
    case 'failed':
      return 'Nothing can be written as things are.';
    case 'conflict':
    case 'ended':
      return '';
    case 'committing':
      return 'Writing. This takes a moment at most.';
    case 'planned': {
      const { needs } = stage.plan;
      if (given.readOnly) return 'Read-only: this is a dry run. Start Lockscope without --read-only to write.';
      if (given.lost) return 'There is no connection to Lockscope.';
      if (needs.reason && given.reason.trim() === '') return 'A reason is needed.';
      if (needs.confirmation !== null && given.confirmation !== needs.confirmation) {
        return `Type ${shown(needs.confirmation, 60)} to confirm.`;
      }
      return null;
    }
    default:
      return assertNever(stage);
  }
}

function undoWords(stage: ActionStage): string {
  return stage.kind === 'planned' ? shown(stage.plan.undo, 400) : '';
}

function LookAgain({ claim }: { readonly claim: ClaimRow }): ReactNode {
  const app = useApp();
  const still = useAppState((state) => state.picture.claims.has(claim.key));
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

function ActAs({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
  const app = useApp();
  const id = useId();
  const holder = dialog.claim.holder;
  return (
    <div className="field">
      <label htmlFor={id} className="label">
        Act as
      </label>
      <input
        id={id}
        className="input"
        data-autofocus
        spellCheck={false}
        autoComplete="off"
        maxLength={256}
        value={dialog.actAs}
        readOnly={dialog.stage.kind === 'committing'}
        onChange={(event) => {
          app.actions.setActAs(event.target.value);
        }}
      />
      {holder !== null && holder !== '' && (
        <p className="small muted wrap">
          It is held by{' '}
          <bdi dir="ltr" className="strong">
            {shown(holder, 120)}
          </bdi>
          ; only its holder releases a claim.
        </p>
      )}
    </div>
  );
}

function Planned({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
  const { stage } = dialog;
  switch (stage.kind) {
    case 'needs-name':
      return null;
    case 'planning':
      return (
        <div className="detail-skeleton" aria-hidden>
          <span className="skeleton skeleton-wide" />
          <span className="skeleton skeleton-wide" />
          <span className="skeleton skeleton-long" />
        </div>
      );
    case 'refused':
      return <Trouble title="Lockscope would not write this" reasons={stage.reasons} />;
    case 'failed':
      return <Trouble title="What would be written could not be worked out" reasons={[stage.message]} />;
    case 'planned':
    case 'committing':
      return <PlanWords plan={stage.plan} dialog={dialog} />;
    case 'conflict':
    case 'ended':
      return null;
    default:
      return assertNever(stage);
  }
}

function PlanWords({ plan, dialog }: { readonly plan: Plan; readonly dialog: ActionDialogState }): ReactNode {
  return (
    <>
      <p className="consequence wrap">{shown(plan.consequence, 1000)}</p>
      {plan.warnings.length > 0 && (
        <ul className="warnings">
          {plan.warnings.map((warning) => (
            <li key={warning} className="wrap">
              {shown(warning, 600)}
            </li>
          ))}
        </ul>
      )}
      <Part title="Seen" note={<Unchanged sinceMs={dialog.seenSinceMs} />}>
        <EvidenceList evidence={plan.evidence} />
        {dialog.action === 'force-release' && (
          <p className="small muted">
            token <span className="mono">{shown(plan.seen, 20)}</span>
          </p>
        )}
      </Part>
      {(plan.removes ?? []).map(({ file, to }) => (
        <Part key={to} title="Will be taken away, and kept">
          <pre className="record planned-write" tabIndex={0} aria-label={`Where ${shown(file, 80)} goes`}>
            <span className="write-file">removes {shown(file, 160)}</span>
            <code dir="ltr">→ {shown(to, 320)}</code>
          </pre>
        </Part>
      ))}
      {plan.writes.map((write) => (
        <Part key={write.file} title={`Will be written ${write.condition}`}>
          <pre className="record planned-write" tabIndex={0} aria-label={`Exact content of ${shown(write.file, 80)}`}>
            <span className="write-file">{shown(write.file, 80)}</span>
            <code dir="ltr">
              <ExactText text={write.content} />
            </code>
          </pre>
        </Part>
      ))}
    </>
  );
}

function Unchanged({ sinceMs }: { readonly sinceMs: number }): ReactNode {
  const ahead = useAppState((state) => state.clockAheadMs);
  const age = useNow() - ahead - sinceMs;
  return <span className="numbers">unchanged for {ticking(age)}</span>;
}

interface InputsProps {
  readonly plan: Plan;
  readonly disabled: boolean;
  readonly reason: string;
  readonly onReason: (value: string) => void;
  readonly confirmation: string;
  readonly onConfirmation: (value: string) => void;
}

function Inputs(props: InputsProps): ReactNode {
  const { plan } = props;
  const reasonId = useId();
  const confirmationId = useId();
  return (
    <>
      <div className="field">
        <label htmlFor={reasonId} className="label">
          Reason{plan.needs.reason ? '' : <span className="label-note">optional, for the audit log</span>}
        </label>
        <input
          id={reasonId}
          className="input"
          autoComplete="off"
          maxLength={2000}
          placeholder="agent host was restarted"
          value={props.reason}
          disabled={props.disabled}
          required={plan.needs.reason}
          onChange={(event) => {
            props.onReason(event.target.value);
          }}
        />
      </div>
      {plan.needs.confirmation !== null && (
        <div className="field">
          <label htmlFor={confirmationId} className="label">
            Type <span className="mono label-exact">{shown(plan.needs.confirmation, 80)}</span> to confirm
          </label>
          <input
            id={confirmationId}
            className="input mono"
            autoComplete="off"
            spellCheck={false}
            maxLength={4096}
            value={props.confirmation}
            disabled={props.disabled}
            required
            onChange={(event) => {
              props.onConfirmation(event.target.value);
            }}
          />
        </div>
      )}
    </>
  );
}
