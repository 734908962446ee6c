import type { ReactNode } from 'react';
import { formatCount } from '../format';
import { PRESETS, type Preset } from '../store/filter';
import { useApp, useAppState } from './app-context';
import { Banners } from './banners';
import { ClaimTable } from './claim-table';
import { GRID_ID } from './element-ids';
import { NoClaims, NoMatches, NoSources, TableSkeleton } from './empty';
import { MarkBar } from './mark-bar';

const PRESET_NAMES: Record<Preset, string> = {
  all: 'All',
  stale: 'Stale',
  contended: 'Contended',
  expiring: 'Expiring',
};

const PRESET_TITLES: Record<Preset, string> = {
  all: 'Every claim',
  stale: 'Expired or abandoned',
  contended: 'Somebody waits, or two have it at once',
  expiring: 'In the last part of their lease',
};

export function ClaimsView(): ReactNode {
  const app = useApp();
  const visible = useAppState((state) => app.visible(state));
  const loaded = useAppState((state) => state.loaded);
  const noSources = useAppState((state) => state.picture.sources.length === 0);
  const noClaims = useAppState((state) => state.picture.claims.size === 0);
  return (
    <div className="view" id="view" role="tabpanel" aria-label="Claims">
      <Presets />
      <Banners />
      {!loaded ? (
        <TableSkeleton />
      ) : noSources ? (
        <NoSources />
      ) : noClaims ? (
        <NoClaims />
      ) : visible.rows.length === 0 ? (
        <NoMatches />
      ) : (
        <ClaimTable visible={visible} />
      )}
      <MarkBar />
    </div>
  );
}

function Presets(): ReactNode {
  const app = useApp();
  const counts = useAppState((state) => app.visible(state).counts);
  const preset = useAppState((state) => state.choice.preset);
  return (
    <div className="presets" role="group" aria-label="Presets">
      {PRESETS.map((name) => (
        <button
          key={name}
          type="button"
          className="preset"
          title={PRESET_TITLES[name]}
          aria-pressed={preset === name}
          onClick={() => {
            app.choose({ preset: name });
          }}
        >
          <span className="preset-count">{formatCount(counts[name])}</span> {PRESET_NAMES[name]}
        </button>
      ))}
      {counts.stale > 0 && (
        <button
          type="button"
          className="link presets-end"
          onClick={() => {
            app.marks.allStale();
            document.getElementById(GRID_ID)?.focus();
          }}
        >
          Select all stale
        </button>
      )}
    </div>
  );
}
