import { CircleDashed, FolderPlus, SearchX, Sprout } from 'lucide-react';
import type { ReactNode } from 'react';
import { isKnown, isPictureWhole, sourcesInView } from '../store/known';
import { useApp, useAppState } from './app-context';
import { noClaimsWords, noMatchesWords } from './empty-words';

export function NoSources(): ReactNode {
  const app = useApp();
  const canPick = useAppState((state) => state.hello?.canPickFolder === true);
  return (
    <div className="empty">
      <FolderPlus size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
      <h2 className="empty-title">Open a folder to see who holds what</h2>
      <p className="empty-text">
        Choose a folder that holds an event ledger or a <code>.todo2</code> project, one above several of them, or any
        folder in which files are locked. Lockscope only reads, until you tell it to take a claim away.
      </p>
      <div className="empty-actions">
        <button
          type="button"
          className="button button-primary"
          onClick={() => {
            app.addSource();
          }}
        >
          Add folder…
        </button>
        {canPick && (
          <button
            type="button"
            className="button"
            onClick={() => {
              app.setOverlay('add-source');
            }}
          >
            Type a path…
          </button>
        )}
      </div>
      <p className="empty-hint">
        {canPick ? 'Or drop a folder anywhere on this window. ' : ''}To see it alive first, run <code>npm start</code>{' '}
        without a path: it opens a demo.
      </p>
    </div>
  );
}

export function NoClaims(): ReactNode {
  const reading = useAppState((state) =>
    state.picture.sources.some(
      ({ status, waitingSinceMs }) => status.kind === 'reading' && waitingSinceMs === undefined,
    ),
  );
  const isAllKnown = useAppState((state) => isPictureWhole(state) && state.picture.sources.every(isKnown));
  const words = noClaimsWords(isAllKnown);
  if (reading) return <TableSkeleton />;
  return (
    <div className="empty">
      {isAllKnown ? (
        <Sprout size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
      ) : (
        <CircleDashed size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
      )}
      <h2 className="empty-title">{words.title}</h2>
      <p className="empty-text">{words.text}</p>
    </div>
  );
}

export function NoMatches(): ReactNode {
  const app = useApp();
  const preset = useAppState((state) => state.choice.preset);
  const all = useAppState((state) => app.visible(state).counts.all);
  const isAllKnown = useAppState((state) => isPictureWhole(state) && sourcesInView(state).every(isKnown));
  const onlyPreset = all > 0 && preset !== 'all';
  const words = noMatchesWords(preset, all, isAllKnown);
  return (
    <div className="empty">
      <SearchX size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
      <h2 className="empty-title">{words.title}</h2>
      <p className="empty-text">{words.text}</p>
      <div className="empty-actions">
        <button
          type="button"
          className="button"
          onClick={() => {
            if (!onlyPreset) app.clearFilter();
            app.choose({ preset: 'all' });
          }}
        >
          {onlyPreset ? 'Show all claims' : 'Clear the filter'}
        </button>
      </div>
    </div>
  );
}

const SKELETON_ROWS = [64, 40, 52, 46, 70, 38, 58, 44];

export function TableSkeleton(): ReactNode {
  return (
    <div className="table-skeleton" role="status" aria-label="Reading the sources">
      {SKELETON_ROWS.map((width) => (
        <div key={width} className="table-skeleton-row" aria-hidden>
          <span className="skeleton skeleton-short" />
          <span className="skeleton" style={{ width: `${width.toString()}px` }} />
          <span className="skeleton skeleton-long" />
          <span className="skeleton skeleton-short" />
        </div>
      ))}
    </div>
  );
}
