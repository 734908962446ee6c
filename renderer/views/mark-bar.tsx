import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../format';
import type { ReapGroup } from '../store/action-subject';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';

/** Buttons beyond this many are left out: a filter leaves fewer sources. */
const GROUPS_SHOWN = 2;

/** How many claims are marked, and what can be done with them together. */
export function MarkBar(): ReactNode {
  const app = useApp();
  const { rows, groups, left } = useAppState((state) => app.marks.now(state));
  const lost = useAppState((state) => state.connection.kind === 'lost');
  if (rows.length === 0) return null;
  return (
    <div className="mark-bar" role="region" aria-label="Marked claims">
      <p className="numbers" role="status">
        <span className="strong">{formatCount(rows.length)} selected</span>
        {left > 0 && <span className="muted">, {leftWords(left, rows.length)}</span>}
      </p>
      {groups.slice(0, GROUPS_SHOWN).map((group) => (
        <button
          key={group.sourceId}
          type="button"
          className="button button-danger"
          disabled={lost}
          onClick={() => {
            app.actions.beginReap(group);
          }}
        >
          <GroupWords group={group} alone={groups.length === 1} />
        </button>
      ))}
      {groups.length > GROUPS_SHOWN && (
        <span className="muted small">and in {formatCount(groups.length - GROUPS_SHOWN)} more sources</span>
      )}
      <button
        type="button"
        className="icon-button mark-clear"
        aria-label="Select none"
        title="Select none"
        onClick={() => {
          app.marks.clear();
        }}
      >
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}

function leftWords(left: number, all: number): string {
  const which = left === all ? (all === 1 ? 'it' : 'they') : formatCount(left);
  return `${which} cannot be reaped together with others`;
}

function GroupWords({ group, alone }: { readonly group: ReapGroup; readonly alone: boolean }): ReactNode {
  const title = useAppState((state) => state.picture.sources.find(({ id }) => id === group.sourceId)?.title ?? '');
  return (
    <span className="clip">
      Reap {formatCount(group.claims.length)}
      {!alone && (
        <>
          {' in '}
          <bdi dir="ltr">{shown(title, 24)}</bdi>
        </>
      )}
      …
    </span>
  );
}
