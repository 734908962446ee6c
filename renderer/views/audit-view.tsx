import {
  CircleCheck,
  CircleDashed,
  GitCompareArrows,
  type LucideIcon,
  OctagonAlert,
  ScrollText,
  ShieldX,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type AuditEntry, actionWord, verdictWord } from '../../core/model';
import { day, formatCount, timeOfDay } from '../format';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';
import { removedTogether, withoutAnswered } from './audit-entries';
import { HolderName } from './holder';
import { ExactText, LongText } from './long-text';
import { UndoButton } from './undo-button';

const RESULTS: Record<
  AuditEntry['result'],
  { readonly sign: LucideIcon; readonly word: string; readonly tone: string }
> = {
  started: { sign: CircleDashed, word: 'Started', tone: 'info' },
  done: { sign: CircleCheck, word: 'Done', tone: 'done' },
  conflict: { sign: GitCompareArrows, word: 'Conflict', tone: 'warning' },
  refused: { sign: ShieldX, word: 'Refused', tone: 'warning' },
  failed: { sign: OctagonAlert, word: 'Failed', tone: 'error' },
};

/** Names longer than this are cut in their line; all of it stands below. */
const RESOURCE_SHOWN = 120;
/** Claims beyond this many are counted. */
const CLAIMS_SHOWN = 100;

/** What operators did here, the newest first. */
export function AuditView(): ReactNode {
  const app = useApp();
  const audit = useAppState((state) => state.audit);
  return (
    <div className="view view-scroll" id="view" role="tabpanel" aria-label="Audit" tabIndex={0}>
      {audit.kind === 'failed' && (
        <div className="empty" role="alert">
          <h2 className="empty-title">The audit log could not be read</h2>
          <p className="empty-text">{shown(audit.message)}</p>
          <div className="empty-actions">
            <button
              type="button"
              className="button"
              onClick={() => {
                app.loadAudit();
              }}
            >
              Try again
            </button>
          </div>
        </div>
      )}
      {audit.kind === 'ready' && audit.entries.length === 0 && (
        <div className="empty">
          <ScrollText size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
          <h2 className="empty-title">Nothing was done yet</h2>
          <p className="empty-text">
            Every release, reap, force-release and undo is written down here, with what was seen and why.
          </p>
        </div>
      )}
      {audit.kind === 'ready' && audit.entries.length > 0 && (
        <ol className="audit">
          {withoutAnswered(audit.entries).map(({ entry, place }) => (
            <Entry key={place} entry={entry} />
          ))}
        </ol>
      )}
    </div>
  );
}

function Entry({ entry }: { readonly entry: AuditEntry }): ReactNode {
  const [open, setOpen] = useState(false);
  const { sign: Sign, word, tone } = RESULTS[entry.result];
  const whenMs = Date.parse(entry.when);
  return (
    <li className="audit-entry">
      <button
        type="button"
        className="audit-line"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <span className={`audit-result tone-${tone}`}>
          <Sign size={14} strokeWidth={2.2} aria-hidden />
          {word}
        </span>
        <span className="audit-what clip">
          {actionWord(entry.action)}{' '}
          <bdi dir="ltr" className="mono">
            {shown(entry.resource, RESOURCE_SHOWN)}
          </bdi>
          {entry.holder !== null && (
            <span className="muted">
              {' '}
              from <HolderName name={entry.holder} />
            </span>
          )}
        </span>
        <span className="audit-who clip muted">
          {shown(entry.user, 40)} · {shown(entry.program, 40)}
        </span>
        <time className="audit-when numbers" dateTime={entry.when} title={entry.when}>
          {day(whenMs)} {timeOfDay(whenMs)}
        </time>
      </button>
      {open && <EntryBody entry={entry} />}
    </li>
  );
}

function EntryBody({ entry }: { readonly entry: AuditEntry }): ReactNode {
  return (
    <dl className="audit-body">
      <Line name="Message">
        <LongText text={entry.message} first={1000} />
      </Line>
      {entry.resource.length > RESOURCE_SHOWN && (
        <Line name="Resource">
          <bdi dir="ltr" className="mono">
            <LongText text={entry.resource} />
          </bdi>
        </Line>
      )}
      {entry.claims !== undefined && <Claims claims={entry.claims} />}
      {entry.reason !== null && (
        <Line name="Reason">
          <LongText text={entry.reason} first={1000} />
        </Line>
      )}
      {entry.actAs !== null && <Line name="Acted as">{shown(entry.actAs, 256)}</Line>}
      {entry.verdict !== null && <Line name="Verdict">{verdictWord(entry.verdict)}</Line>}
      {entry.evidence.length > 0 && (
        <Line name="Evidence">
          {entry.evidence.map((fact) => (
            <span key={fact} className="audit-fact wrap">
              <LongText text={fact} first={400} />
            </span>
          ))}
        </Line>
      )}
      <Line name="Source">
        <span className="mono wrap">{shown(entry.source, 400)}</span>
      </Line>
      <Line name="Seen">
        <span className="mono wrap">{shown(entry.seen, 256)}</span>
      </Line>
      {removedTogether(entry).map(([undoId, files]) => (
        <Line key={undoId} name={entry.action === 'undo' ? 'Put back' : 'Taken away'}>
          {files.map((file) => (
            <span key={file.to} className="audit-fact mono wrap">
              {shown(file.file, 160)} {entry.action === 'undo' ? '←' : '→'} {shown(file.to, 320)}
            </span>
          ))}
          {entry.action !== 'undo' && <Undo undoId={undoId} />}
        </Line>
      ))}
      {entry.written.map((file, at) => (
        <Line key={at} name="Written">
          <pre className="record planned-write">
            <span className="write-file">{shown(file.file, 80)}</span>
            <code dir="ltr">
              <ExactText text={file.content} />
            </code>
          </pre>
        </Line>
      ))}
    </dl>
  );
}

/** The claims, where there were several. */
function Claims({ claims }: { readonly claims: NonNullable<AuditEntry['claims']> }): ReactNode {
  const left = claims.length - CLAIMS_SHOWN;
  return (
    <Line name="Claims">
      {claims.slice(0, CLAIMS_SHOWN).map(({ resource, holder }, at) => (
        <span key={at} className="audit-fact">
          <bdi dir="ltr" className="mono">
            {shown(resource, RESOURCE_SHOWN)}
          </bdi>{' '}
          {holder !== null && (
            <span className="muted">
              from <HolderName name={holder} />
            </span>
          )}
        </span>
      ))}
      {left > 0 && <span className="audit-fact muted">and {formatCount(left)} more</span>}
    </Line>
  );
}

/** The button, as long as the source is open and the lock is kept and free. */
function Undo({ undoId }: { readonly undoId: string }): ReactNode {
  const kept = useAppState((state) => state.undoables.find(({ id }) => id === undoId));
  if (kept === undefined) return null;
  if (kept.against !== null) return <p className="small muted wrap">Stays there: {shown(kept.against, 400)}</p>;
  return <UndoButton sourceId={kept.sourceId} undoId={undoId} />;
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
