import { type ReactNode, useId } from 'react';
import { type ActionKind, assertNever, type Plan } from '../../core/model';
import { ticking } from '../format';
import type { ActionDialogState, ActionStage } from '../store/state';
import { shown } from '../text';
import { doingWords, isSignal } from './action-words';
import { useApp } from './app-context';

const MAY_CLOSE = 'You may close this; how it ended is told as soon as it has.';

/** Why the action cannot be done right now, in a sentence; null when it can. */
export function whatIsMissing(
  stage: ActionStage,
  given: {
    readonly action: ActionKind;
    readonly readOnly: boolean;
    readonly lost: boolean;
    readonly reason: string;
    readonly confirmation: string;
    /** For how long an answer of its source has been waited for, in ms; null while it answers. */
    readonly waitedMs: number | null;
  },
): string | null {
  const words = doingWords(given.action);
  switch (stage.kind) {
    case 'needs-name':
      return 'Type the name that you act as.';
    case 'planning':
      return words.working;
    case 'refused':
    case 'failed':
      return words.impossible;
    case 'conflict':
    case 'ended':
      return '';
    case 'committing':
      if (given.waitedMs !== null) {
        return `Its disk has not answered for ${ticking(given.waitedMs)}. ${MAY_CLOSE}`;
      }
      return stage.isLong ? `This takes longer than it should. ${MAY_CLOSE}` : words.doing;
    case 'planned': {
      const { needs } = stage.plan;
      if (given.readOnly) return words.dryRun;
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

/** The name that a release is done in. */
export function ActAs({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
  const app = useApp();
  const id = useId();
  const holder = dialog.subject.kind === 'claims' ? (dialog.subject.claims[0]?.holder ?? null) : null;
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

interface InputsProps {
  readonly plan: Plan;
  readonly disabled: boolean;
  readonly reason: string;
  readonly onReason: (value: string) => void;
  readonly confirmation: string;
  readonly onConfirmation: (value: string) => void;
}

/** The reason, and the confirmation where one is needed. */
export function Inputs(props: InputsProps): ReactNode {
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
          placeholder={isSignal(plan.action) ? 'it hangs, and others wait' : 'agent host was restarted'}
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
