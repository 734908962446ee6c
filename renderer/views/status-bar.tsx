import type { ReactNode } from 'react';
import type { SourceRow } from '../../core/model';
import { formatCount, ticking } from '../format';
import { useApp, useAppState, useNow } from './app-context';

export function StatusBar(): ReactNode {
  const app = useApp();
  const sources = useAppState((state) => state.picture.sources);
  const loaded = useAppState((state) => state.loaded);
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const readOnly = useAppState((state) => state.hello?.readOnly === true);
  const lastResult = useAppState((state) => state.lastResult);
  const auditCount = useAppState((state) => state.auditCount);
  const health = lost ? { dot: 'out-of-reach', text: 'No connection' } : loaded ? watchHealth(sources) : CONNECTING;
  return (
    <footer className="status">
      <span className="status-part">
        <span className={`dot dot-${health.dot}`} aria-hidden />
        {health.text}
      </span>
      {sources.length > 0 && <LastRead sources={sources} />}
      {readOnly && <span className="status-part">Read-only</span>}
      <span className="status-part status-result" role="status">
        {lastResult !== null && <span className={`tone-${lastResult.tone}`}>{lastResult.text}</span>}
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

const CONNECTING = { dot: 'reading', text: 'Connecting…' };

function watchHealth(sources: readonly SourceRow[]): { readonly dot: string; readonly text: string } {
  if (sources.length === 0) return { dot: 'undecided', text: 'Nothing to watch' };
  const watched = sources.filter((source) => source.watch === 'watching').length;
  const looked = sources.filter((source) => source.watch === 'looking').length;
  const off = sources.length - watched - looked;
  if (off === sources.length) return { dot: 'undecided', text: 'Not watching' };
  const parts = [
    watched > 0 ? `Watching ${count(watched)}` : null,
    looked > 0 ? `${watched > 0 ? 'looking' : 'Looking'} at ${count(looked)} every 2 s` : null,
    off > 0 ? `${formatCount(off)} not watched` : null,
  ];
  return { dot: off > 0 ? 'undecided' : 'readable', text: parts.filter((part) => part !== null).join(', ') };
}

function count(sources: number): string {
  return sources === 1 ? '1 source' : `${formatCount(sources)} sources`;
}

function LastRead({ sources }: { readonly sources: readonly SourceRow[] }): ReactNode {
  const now = useNow();
  const last = Math.max(...sources.map((source) => source.readAtMs ?? Number.NEGATIVE_INFINITY));
  if (!Number.isFinite(last)) return <span className="status-part">Reading…</span>;
  const age = now - last;
  return (
    <span className="status-part numbers" title={new Date(last).toISOString()}>
      {age < 1000 ? 'Read just now' : `Read ${ticking(age)} ago`}
    </span>
  );
}
