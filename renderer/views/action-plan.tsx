import type { ReactNode } from 'react';
import { assertNever, type Plan, type PlannedRemoval, type PlannedWrite } from '../../core/model';
import { formatCount, ticking } from '../format';
import type { ActionDialogState } from '../store/state';
import { shown } from '../text';
import { PlannedClaims, ReadsAfterwards } from './action-claims';
import { Trouble } from './action-outcome';
import { actionOf, doingWords, isSignal } from './action-words';
import { useAppState, useNow } from './app-context';
import { ExactText } from './long-text';
import { EvidenceList, Part } from './parts';

/** Files beyond this many are counted. */
const FILES_SHOWN = 100;
/** So are writes: one for each of many claims says the same again. */
const WRITES_SHOWN = 20;

/** What would be done, as far as that is known: the consequence, what was seen, and what is written and taken away. */
export function Planned({ dialog }: { readonly dialog: ActionDialogState }): ReactNode {
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
      return <Trouble title={doingWords(actionOf(dialog.subject)).wouldNot} reasons={stage.reasons} />;
    case 'failed':
      return <Trouble title={doingWords(actionOf(dialog.subject)).unclear} reasons={[stage.message]} />;
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
  const several = plan.action !== 'mend' && plan.claims.length > 1;
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
      {(plan.evidence.length > 0 || several) && (
        <Part title="Seen" note={<Unchanged sinceMs={dialog.seenSinceMs} />}>
          <EvidenceList evidence={plan.evidence} />
          {several && <PlannedClaims claims={plan.claims} />}
          {(plan.action === 'force-release' || isSignal(plan.action)) && (
            <p className="small muted">
              token <span className="mono">{shown(plan.seen, 20)}</span>
            </p>
          )}
        </Part>
      )}
      {plan.removes !== undefined && plan.removes.length > 0 && <Removes files={plan.removes} />}
      {plan.action === 'mend' && plan.after !== null && <ReadsAfterwards after={plan.after} />}
      {byCondition(plan.writes).map(([condition, writes]) => (
        <Part
          key={condition}
          title={isSignal(plan.action) ? 'Will be sent' : 'Will be written'}
          note={condition === '' ? undefined : shown(condition, 200)}
        >
          {writes.slice(0, WRITES_SHOWN).map((write, at) => (
            <pre
              key={at}
              className="record planned-write"
              tabIndex={0}
              aria-label={`Exact content of ${shown(write.file, 80)}`}
            >
              <span className="write-file">{shown(write.file, 80)}</span>
              <code dir="ltr">
                <ExactText text={write.content} />
              </code>
            </pre>
          ))}
          {writes.length > WRITES_SHOWN && (
            <p className="small muted">and {formatCount(writes.length - WRITES_SHOWN)} more of the same kind</p>
          )}
        </Part>
      ))}
    </>
  );
}

/** Writes with the same condition stand under it together, in their order. */
function byCondition(writes: readonly PlannedWrite[]): readonly (readonly [string, readonly PlannedWrite[]])[] {
  const groups = new Map<string, PlannedWrite[]>();
  for (const write of writes) groups.set(write.condition, [...(groups.get(write.condition) ?? []), write]);
  return [...groups];
}

function Removes({ files }: { readonly files: readonly PlannedRemoval[] }): ReactNode {
  const left = files.length - FILES_SHOWN;
  const note = files.length === 1 ? undefined : `${formatCount(files.length)} files`;
  return (
    <Part title="Will be taken away, and kept" note={note}>
      <pre className="record planned-write" tabIndex={0} aria-label="What is taken away, and where it goes">
        {files.slice(0, FILES_SHOWN).map(({ file, to }) => (
          <span key={to} className="planned-removal">
            <span className="write-file">removes {shown(file, 160)}</span>
            <code dir="ltr">→ {shown(to, 320)}</code>
          </span>
        ))}
        {left > 0 && <span className="write-file">and {formatCount(left)} more</span>}
      </pre>
    </Part>
  );
}

function Unchanged({ sinceMs }: { readonly sinceMs: number }): ReactNode {
  const ahead = useAppState((state) => state.clockAheadMs);
  const age = useNow() - ahead - sinceMs;
  return <span className="numbers">unchanged for {ticking(age)}</span>;
}
