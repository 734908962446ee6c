import { Plus, RotateCw, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { assertNever, type SourceRow, type SourceStatus } from '../../core/model';
import { formatCount, formatShortCount } from '../format';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';

const HOLDERS_SHOWN = 40;

export function Sidebar(): ReactNode {
  return (
    <nav className="sidebar" aria-label="Workspace">
      <SourceList />
      <HolderList />
    </nav>
  );
}

function SourceList(): ReactNode {
  const app = useApp();
  const sources = useAppState((state) => state.picture.sources);
  const loaded = useAppState((state) => state.loaded);
  const only = useAppState((state) => state.choice.sourceId);
  return (
    <section aria-labelledby="sources-title">
      <div className="side-head">
        <h2 id="sources-title" className="label">
          Sources
        </h2>
        <button
          type="button"
          className="icon-button"
          aria-label="Add a source"
          title="Add a folder that holds a ledger"
          onClick={() => {
            app.addSource();
          }}
        >
          <Plus size={14} aria-hidden />
        </button>
      </div>
      {!loaded && <SideSkeleton />}
      {loaded && sources.length === 0 && <p className="side-note">Nothing is open yet.</p>}
      <ul className="side-list">
        {sources.map((source) => (
          <SourceItem key={source.id} source={source} only={only === source.id} />
        ))}
      </ul>
    </section>
  );
}

function SourceItem({ source, only }: { readonly source: SourceRow; readonly only: boolean }): ReactNode {
  const app = useApp();
  const title = shown(source.title, 120);
  return (
    <li className={only ? 'side-row side-row-on' : 'side-row'}>
      <button
        type="button"
        className="side-button"
        aria-pressed={only}
        aria-label={sourceLabel(source)}
        title={[shown(source.path, 400), source.note, statusWords(source.status)]
          .filter((part) => part !== null)
          .join('\n')}
        onClick={() => {
          app.choose({ sourceId: only ? null : source.id });
          app.show('claims');
        }}
      >
        <StatusDot status={source.status} />
        <bdi dir="ltr" className="side-name">
          {title}
        </bdi>
        <span className="side-count">{formatShortCount(source.held)}</span>
        {source.stale > 0 && <span className="badge badge-stale">{formatShortCount(source.stale)}</span>}
        {source.findings.length > 0 && (
          <span
            className={source.worst === 'error' ? 'badge badge-error badge-square' : 'badge badge-warning badge-square'}
          >
            !{source.findings.length > 1 ? formatShortCount(source.findings.length) : ''}
          </span>
        )}
      </button>
      <span className="side-tools">
        <button
          type="button"
          className="icon-button"
          aria-label={`Read ${title} again`}
          title="Read it again from the start"
          onClick={() => {
            app.rereadSource(source.id);
          }}
        >
          <RotateCw size={12} aria-hidden />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={`Take ${title} out of the workspace`}
          title="Take it out of the workspace. Nothing on disk changes."
          onClick={() => {
            app.closeSource(source.id);
          }}
        >
          <X size={12} aria-hidden />
        </button>
      </span>
    </li>
  );
}

function sourceLabel(source: SourceRow): string {
  const parts = [
    shown(source.title, 120),
    statusWords(source.status),
    `${formatCount(source.held)} held`,
    `${formatCount(source.stale)} stale`,
    source.findings.length === 1 ? '1 finding' : `${formatCount(source.findings.length)} findings`,
  ];
  return parts.join(', ');
}

function statusWords(status: SourceStatus): string {
  switch (status.kind) {
    case 'reading':
      return 'being read';
    case 'not-read':
      return 'not read';
    case 'readable':
      return 'readable';
    case 'unreadable':
      return status.at === null
        ? 'its own tools cannot read it'
        : `its own tools cannot read it from #${status.at.toString()}`;
    case 'undecided':
      return 'cannot tell whether its own tools can read it';
    case 'out-of-reach':
      return 'out of reach';
    default:
      return assertNever(status);
  }
}

function StatusDot({ status }: { readonly status: SourceStatus }): ReactNode {
  return <span className={`dot dot-${status.kind}`} aria-hidden />;
}

function HolderList(): ReactNode {
  const app = useApp();
  const holders = useAppState((state) => app.holders(state));
  const only = useAppState((state) => state.choice.holder);
  if (holders.length === 0) return null;
  const top = holders.slice(0, HOLDERS_SHOWN);
  return (
    <section aria-labelledby="holders-title" className="holders">
      <div className="side-head">
        <h2 id="holders-title" className="label">
          Holders
        </h2>
        {holders.length > 1 && <span className="side-count">{formatCount(holders.length)}</span>}
      </div>
      <ul className="side-list">
        {top.map(({ name, count }) => (
          <li key={name} className={only === name ? 'side-row side-row-on' : 'side-row'}>
            <button
              type="button"
              className="side-button"
              aria-pressed={only === name}
              aria-label={`${holderName(name)} holds ${formatCount(count)}`}
              title={holderName(name)}
              onClick={() => {
                app.choose({ holder: only === name ? null : name });
                app.show('claims');
              }}
            >
              <bdi dir="ltr" className="side-name">
                {holderName(name)}
              </bdi>
              <span className="side-count">{formatShortCount(count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {holders.length > top.length && (
        <p className="side-note">and {formatCount(holders.length - top.length)} more; filter with holder:name</p>
      )}
    </section>
  );
}

function holderName(name: string): string {
  return name === '' ? '(empty name)' : shown(name, 120);
}

function SideSkeleton(): ReactNode {
  return (
    <div className="side-skeleton" aria-hidden>
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  );
}
