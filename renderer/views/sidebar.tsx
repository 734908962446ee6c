import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount, formatShortCount } from '../format';
import { useApp, useAppState } from './app-context';
import { holderName } from './holder';
import { SourceItem } from './source-item';

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

function SideSkeleton(): ReactNode {
  return (
    <div className="side-skeleton" aria-hidden>
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  );
}
