import { ShieldCheck } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import type { SourceRow } from '../../core/model';
import { isPictureWhole } from '../store/known';
import { useApp, useAppState } from './app-context';
import { DoctorSource } from './doctor-source';
import { isWell, wellTitle } from './doctor-words';

/** What is wrong with the sources themselves, what mends it, and what was taken away and is kept; source by source. */
export function DoctorView(): ReactNode {
  const app = useApp();
  const sources = useAppState((state) => state.picture.sources);
  const isWhole = useAppState(isPictureWhole);
  const only = useAppState((state) => state.choice.sourceId);
  const kept = useAppState((state) => state.undoables);
  const verified = useAppState((state) => state.verified);
  useEffect(() => {
    app.loadAudit();
  }, [app]);
  const inView = sources.filter((source) => only === null || source.id === only);
  // The worst first; what is well, last.
  const shownSources = inView
    .filter(
      (source) =>
        !isWell(source, verified.get(source.id)) ||
        kept.some(({ sourceId }) => sourceId === source.id) ||
        verified.has(source.id),
    )
    .sort((a, b) => gravity(a) - gravity(b));
  const well = inView.filter((source) => !shownSources.includes(source));
  const title = isWhole ? wellTitle(inView, verified, only !== null) : null;
  return (
    <div className="view view-scroll" id="view" role="tabpanel" aria-label="Doctor" tabIndex={0}>
      {title !== null && (
        <div className="empty empty-small">
          <ShieldCheck size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
          <h2 className="empty-title">{title}</h2>
          <p className="empty-text">
            Gaps, refused events, leftover files and the like are named here, with what mends them.
          </p>
        </div>
      )}
      {shownSources.map((source) => (
        <DoctorSource key={source.id} source={source} />
      ))}
      {well.map((source) => (
        <DoctorSource key={source.id} source={source} />
      ))}
    </div>
  );
}

function gravity({ worst, status, waitingSinceMs }: SourceRow): number {
  if (worst === 'error' || status.kind === 'unreadable') return 0;
  if (worst === 'warning' || status.kind !== 'readable' || waitingSinceMs !== undefined) return 1;
  return worst === 'info' ? 2 : 3;
}
