import { PackageOpen, Wrench } from 'lucide-react';
import type { ReactNode } from 'react';
import type { MendKind, MendOffer, SourceRow, SourceUndoable } from '../../core/model';
import { formatCount, ticking } from '../format';
import { shown } from '../text';
import { verifyWords } from '../verify-words';
import { useApp, useAppState, useNow } from './app-context';
import { FindingList } from './finding-list';
import { protocolWord, unitWord } from './protocol-words';
import { ProtocolSign } from './signs';
import { adviceOf, reasonWords, standingOf } from './source-words';
import { UndoButton } from './undo-button';

/** Kept things beyond this many are counted. */
const KEPT_SHOWN = 20;

/** One source: how it is, what mends it, what is wrong, what is kept. */
export function DoctorSource({ source }: { readonly source: SourceRow }): ReactNode {
  const app = useApp();
  const { id, status } = source;
  const running = useAppState((state) => state.verified.get(id)?.kind === 'running');
  const title = shown(source.title, 120);
  const standing = standingOf(source);
  const advice = adviceOf(source);
  return (
    <section className="doctor-source" aria-label={`${title}, ${shown(protocolWord(source.protocol), 60)}`}>
      <header className="doctor-head">
        <div className="doctor-name">
          <h2 className="group-title">
            <ProtocolSign protocol={source.protocol} size={14} />
            <bdi dir="ltr">{title}</bdi>
            <span className="small muted">{shown(protocolWord(source.protocol), 60)}</span>
          </h2>
          <p className="small muted">
            <span className={`dot dot-${standing.dot}`} aria-hidden /> {standing.text}
            <span className="group-path">{shown(source.path, 300)}</span>
          </p>
        </div>
        <button
          type="button"
          className="button"
          disabled={running || status.kind === 'not-read' || status.kind === 'reading'}
          aria-label={`Verify ${title}, ${shown(protocolWord(source.protocol), 60)}`}
          title="Reads all of it again, believing nothing that was kept, and compares"
          onClick={() => {
            app.sources.verify(id);
          }}
        >
          {running ? 'Verifying…' : 'Verify'}
        </button>
      </header>
      <Verified source={source} />
      {'reason' in status && source.findings.length === 0 && (
        <p className="wrap doctor-reason">{shown(reasonWords(status.reason), 600)}</p>
      )}
      {advice !== null && <p className="doctor-reason">{advice}</p>}
      {offersOf(source).map((offer) => (
        <Offer key={`${offer.mend}:${offer.seen}`} source={source} offer={offer} />
      ))}
      <FindingList findings={source.findings} />
      <Kept sourceId={id} />
    </section>
  );
}

/** Each mend once, however many findings offer it. */
function offersOf(source: SourceRow): readonly MendOffer[] {
  const offers = new Map<string, MendOffer>();
  for (const { mend } of source.findings) if (mend !== undefined) offers.set(`${mend.mend}:${mend.seen}`, mend);
  return [...offers.values()];
}

const OFFERS: Record<MendKind, { readonly what: string; readonly how: string }> = {
  'trailing-events': {
    what: 'Its last events keep its own tools from reading it.',
    how: 'A mend takes them out of the ledger and keeps them. A dialog shows which, and what it reads as afterwards.',
  },
  'leftover-files': {
    what: 'Writers that died left files behind.',
    how: 'They are harmless. A mend takes them away and keeps them.',
  },
};

function Offer({ source, offer }: { readonly source: SourceRow; readonly offer: MendOffer }): ReactNode {
  const app = useApp();
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const words = OFFERS[offer.mend];
  return (
    <div className="offer">
      <Wrench size={15} aria-hidden className="offer-sign" />
      <div className="offer-words">
        <p className="strong">{words.what}</p>
        <p className="muted">{words.how}</p>
      </div>
      <button
        type="button"
        className="button button-primary"
        disabled={lost}
        aria-label={`Mend ${shown(source.title, 80)}: ${words.what}`}
        onClick={() => {
          app.actions.beginMend(source, offer);
        }}
      >
        Mend…
      </button>
    </div>
  );
}

/** How the last verification ended, or how far this one is. */
function Verified({ source }: { readonly source: SourceRow }): ReactNode {
  const verification = useAppState((state) => state.verified.get(source.id));
  const ahead = useAppState((state) => state.clockAheadMs);
  const now = useNow();
  if (verification === undefined) return null;
  if (verification.kind === 'running') {
    const { rereading } = source;
    const far = rereading === undefined ? '' : ` ${formatCount(rereading.done)} ${unitWord(source.protocol)} so far.`;
    return (
      <p className="doctor-reason numbers" role="status">
        Reading all of it again.{far}
      </p>
    );
  }
  const words = verifyWords(verification.outcome);
  return (
    <p className="doctor-reason wrap numbers" role="status">
      <span className={`tone-${words.tone}`}>
        {words.title.charAt(0).toUpperCase() + words.title.slice(1)}, {agoWords(now - ahead - verification.atMs)}.
      </span>{' '}
      {shown(words.text, 2_000)}
    </p>
  );
}

function agoWords(ms: number): string {
  return ms < 1_000 ? 'just now' : `${ticking(ms)} ago`;
}

/** What was taken away from here and is kept. */
function Kept({ sourceId }: { readonly sourceId: string }): ReactNode {
  const undoables = useAppState((state) => state.undoables);
  const kept = undoables.filter((one) => one.sourceId === sourceId);
  if (kept.length === 0) return null;
  return (
    <>
      <h3 className="label doctor-label">Taken away, and kept</h3>
      <ul className="findings">
        {kept.slice(0, KEPT_SHOWN).map((undoable) => (
          <KeptItem key={undoable.id} undoable={undoable} />
        ))}
      </ul>
      {kept.length > KEPT_SHOWN && <p className="small muted">and {formatCount(kept.length - KEPT_SHOWN)} more</p>}
    </>
  );
}

function KeptItem({ undoable }: { readonly undoable: SourceUndoable }): ReactNode {
  const { file, files, takenAt, against } = undoable;
  return (
    <li className="finding kept">
      <PackageOpen size={14} aria-hidden className="sign muted" />
      <span className="finding-body">
        <span className="wrap mono">
          {shown(file, 160)}
          {files.length > 1 && ` and ${formatCount(files.length - 1)} more`}
        </span>
        <span className="finding-note">taken away at {shown(takenAt, 40)}</span>
        {against !== null && <span className="wrap muted">{shown(against, 400)}</span>}
      </span>
      {against === null && <UndoButton sourceId={undoable.sourceId} undoId={undoable.id} />}
    </li>
  );
}
