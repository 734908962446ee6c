import type { ReactNode } from 'react';
import type { SourceRow } from '../../core/model';
import { formatCount, ticking } from '../format';
import { shown } from '../text';
import { useApp, useAppState, useNow } from './app-context';
import { CancelReading } from './cancel-reading';
import { ageOf, clockMovedWords, progressOf, progressWords, watchOfAll, watchOfOne } from './source-words';

/** What the watch is doing and how old the picture is: of the selected source, or of all. */
export function StatusBar(): ReactNode {
  const app = useApp();
  const readOnly = useAppState((state) => state.hello?.readOnly === true);
  const lastResult = useAppState((state) => state.lastResult);
  const auditCount = useAppState((state) => state.auditCount);
  return (
    <footer className="status">
      <Watch />
      <ClockMoved />
      {readOnly && <span className="status-part">Read-only</span>}
      <span className="status-part status-result" role="status">
        {lastResult !== null && (
          <span className={`tone-${lastResult.tone}`} title={shown(lastResult.text)}>
            {shown(lastResult.text, 160)}
          </span>
        )}
      </span>
      <button
        type="button"
        className="status-button"
        onClick={() => {
          app.show('audit');
        }}
      >
        {auditCount === 1 ? '1 entry' : `${formatCount(auditCount)} entries`} in the audit log
      </button>
    </footer>
  );
}

function Watch(): ReactNode {
  const connection = useAppState((state) => state.connection);
  const loaded = useAppState((state) => state.loaded);
  const arriving = useAppState((state) => state.arriving);
  const ahead = useAppState((state) => state.clockAheadMs);
  const all = useAppState((state) => state.picture.sources);
  const only = useAppState((state) => state.choice.sourceId);
  const now = useNow();
  const selected = all.find((source) => source.id === only);
  if (connection.kind === 'lost') {
    return <Part dot="out-of-reach">No connection for {ticking(now - ahead - connection.sinceMs)}</Part>;
  }
  if (!loaded) return <Part dot="reading">Connecting…</Part>;
  if (arriving !== null) {
    return (
      <Part dot="reading">
        Taking over {formatCount(arriving.done)} of {formatCount(arriving.total)} claims
      </Part>
    );
  }
  const sources = selected === undefined ? all : [selected];
  const words = selected === undefined ? watchOfAll(all) : watchOfOne(selected, now);
  const age = ageOf(sources, now);
  return (
    <>
      <Part dot={words.dot} title={selected === undefined ? undefined : shown(selected.title, 120)}>
        {words.text}
      </Part>
      <Reading sources={sources} named={selected === undefined} />
      {age !== null && (
        <span className="status-part numbers" title={age.title}>
          {age.text}
        </span>
      )}
    </>
  );
}

function Part(props: {
  readonly dot: string;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className="status-part status-watch numbers" title={props.title}>
      <span className={`dot dot-${props.dot}`} aria-hidden />
      <span className="clip">{props.children}</span>
    </span>
  );
}

/** The first source that is being read, with a way to give its first reading up. */
function Reading({ sources, named }: { readonly sources: readonly SourceRow[]; readonly named: boolean }): ReactNode {
  const source = sources.find((one) => progressOf(one) !== null);
  const progress = source === undefined ? null : progressOf(source);
  if (source === undefined || progress === null) return null;
  const name = shown(source.title, 40);
  return (
    <span className="status-part numbers">
      {named && (
        <span className="clip">
          <bdi dir="ltr">{name}</bdi>: {progressWords(progress, source.protocol)}
        </span>
      )}
      {source.status.kind === 'reading' && <CancelReading source={source} />}
    </span>
  );
}

/** What is shown may be as old as that until all is looked at again. */
function ClockMoved(): ReactNode {
  const moved = useAppState((state) => state.clockMoved);
  if (moved === null) return null;
  return (
    <span className="status-part tone-warning" role="status">
      {clockMovedWords(moved.byMs)}
    </span>
  );
}
