import { ListTree } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  type ClaimDetail,
  type ClaimRow,
  describeEvidence,
  type Evidence,
  type Transition,
  transitionWord,
} from '../../core/model';
import { formatLeft, ticking } from '../format';
import { shown } from '../text';
import { useApp, useAppState, useNow } from './app-context';
import { DetailActions } from './detail-actions';
import { DETAIL_ID } from './element-ids';
import { ExactText, LongText } from './long-text';
import { EvidenceSign, VerdictLabel } from './signs';
import { Timestamp } from './timestamp';

const ALSO_SHOWN = 12;

/** The selected claim in full: what it adds up to, why, who, what happened, the record; the actions last. */
export function DetailPane(): ReactNode {
  const row = useAppState((state) =>
    state.selectedKey === null ? null : (state.picture.claims.get(state.selectedKey) ?? state.selectedRow),
  );
  const ended = useAppState((state) => state.selectedKey !== null && !state.picture.claims.has(state.selectedKey));
  const detail = useAppState((state) => state.detail);
  if (row === null) {
    return (
      <div className="detail-empty">
        <ListTree size={24} strokeWidth={1.5} aria-hidden className="empty-sign" />
        <p>Select a claim to see who holds it, since when, and what speaks for and against taking it away.</p>
      </div>
    );
  }
  const seen = detail.kind === 'ready' ? detail.detail : detail.kind === 'gone' ? detail.last : null;
  const full = seen?.claim.key === row.key ? seen : null;
  return (
    <>
      <section
        id={DETAIL_ID}
        className="detail-scroll"
        tabIndex={0}
        aria-label={`${row.kind} ${shown(row.resource, 120)} in full`}
      >
        <Heading row={row} full={full} ended={ended} />
        {ended && (
          <p className="detail-ended" role="status">
            This claim has ended.{full === null ? '' : ' Below is how it was last seen.'}
          </p>
        )}
        {detail.kind === 'failed' && (
          <p className="detail-ended" role="alert">
            {shown(detail.message)}
          </p>
        )}
        {full !== null ? <Full detail={full} /> : detail.kind === 'loading' && <DetailSkeleton />}
      </section>
      <DetailActions row={row} detail={full} ended={ended} />
    </>
  );
}

function Heading(props: {
  readonly row: ClaimRow;
  readonly full: ClaimDetail | null;
  readonly ended: boolean;
}): ReactNode {
  const { row, ended } = props;
  const { resource, title } = props.full?.full ?? row;
  return (
    <header className="detail-head">
      <div className="detail-verdict">
        {ended ? <span className="verdict muted">Ended</span> : <VerdictLabel verdict={row.verdict} size={16} />}
        <span className="muted">{shown(row.kind, 40)}</span>
      </div>
      <h2 className="detail-resource mono">
        <bdi dir="ltr">
          <LongText text={resource} />
        </bdi>
      </h2>
      {title !== null && (
        <p className="detail-title">
          <bdi dir="ltr">
            <LongText text={title} />
          </bdi>
        </p>
      )}
      {!ended && <Times row={row} />}
    </header>
  );
}

function Times({ row }: { readonly row: ClaimRow }): ReactNode {
  const now = useNow();
  const left = row.expiresAt === null ? null : row.expiresAt.ms - now;
  return (
    <dl className="times">
      <div>
        <dt>Held</dt>
        <dd className="numbers" title={row.acquiredAt?.text}>
          {row.acquiredAt === null ? '—' : ticking(now - row.acquiredAt.ms)}
        </dd>
      </div>
      <div>
        <dt>Time left</dt>
        <dd className={left !== null && left < 0 ? 'numbers over' : 'numbers'} title={row.expiresAt?.text}>
          {left === null ? 'no end' : formatLeft(left)}
        </dd>
      </div>
    </dl>
  );
}

function Full({ detail }: { readonly detail: ClaimDetail }): ReactNode {
  const { claim, record } = detail;
  return (
    <>
      <Part title="Why">
        <EvidenceList evidence={detail.evidence} />
      </Part>
      <Part title="Holder">
        <HolderPart detail={detail} />
      </Part>
      {detail.transitions.length > 0 && (
        <Part title="History">
          <ol className="history">
            {detail.transitions.map((transition, at) => (
              <HistoryItem
                key={`${(transition.sequence ?? -1).toString()}:${transition.kind}:${at.toString()}`}
                transition={transition}
              />
            ))}
          </ol>
        </Part>
      )}
      {record !== null && (
        <Part title="Record" note={shown(record.label, 200)}>
          <pre className="record" tabIndex={0} aria-label="The record as it is written">
            <code dir="ltr">
              <ExactText text={record.text} />
            </code>
          </pre>
          {record.cut && <p className="small muted">Cut here: the record is longer than 64 KiB.</p>}
        </Part>
      )}
      <Part title="Seen">
        <p className="mono small muted wrap" title="The token for exactly this claim; every action carries it">
          {shown(claim.seen, 256)}
        </p>
      </Part>
    </>
  );
}

function HolderPart({ detail }: { readonly detail: ClaimDetail }): ReactNode {
  const app = useApp();
  const { claim, alsoHolds } = detail;
  const name = detail.full === undefined ? claim.holder : detail.full.holder;
  return (
    <>
      <p className="wrap">
        {name === null ? (
          <span className="muted">Nobody is named.</span>
        ) : (
          <bdi dir="ltr" className={name === '' ? 'muted' : 'holder-name'}>
            {name === '' ? '(empty name)' : <LongText text={name} />}
          </bdi>
        )}
        {claim.holderNote !== null && <span className="note">{shown(claim.holderNote, 200)}</span>}
      </p>
      {name !== null && (
        <p className="also">
          {alsoHolds.length === 0 ? (
            <span className="muted">holds nothing else here</span>
          ) : (
            <>
              <span className="muted">also holds</span>
              {alsoHolds.slice(0, ALSO_SHOWN).map((other) => (
                <button
                  key={other.key}
                  type="button"
                  className="also-link mono"
                  onClick={() => {
                    app.select(other.key);
                  }}
                >
                  <bdi dir="ltr">{shown(other.resource, 60)}</bdi>
                </button>
              ))}
              {alsoHolds.length > ALSO_SHOWN && (
                <span className="muted">and {(alsoHolds.length - ALSO_SHOWN).toString()} more</span>
              )}
            </>
          )}
        </p>
      )}
    </>
  );
}

export function Part(props: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="part">
      <h3 className="label">
        {props.title}
        {props.note !== undefined && <span className="label-note">{props.note}</span>}
      </h3>
      {props.children}
    </section>
  );
}

/** Fact by fact, each with its sign and where it comes from. */
export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }): ReactNode {
  const now = useNow();
  return (
    <ul className="evidence">
      {evidence.map((fact, at) => {
        const words = describeEvidence(fact, now);
        return (
          <li key={`${fact.kind}:${at.toString()}`}>
            <EvidenceSign evidence={fact} />
            <span className="evidence-words">
              <span className="wrap numbers">{shown(words.headline, 300)}</span>
              <span className="evidence-detail wrap">{shown(words.detail, 400)}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function HistoryItem({ transition }: { readonly transition: Transition }): ReactNode {
  const { kind, holder, sequence, basis, at } = transition;
  const by = (kind === 'taken' || kind === 'extended') && holder !== null && holder !== '' ? holder : null;
  return (
    <li className={`history-item history-${kind}`}>
      <span className="history-words wrap">
        {transitionWord(kind)}
        {by !== null && (
          <>
            {' by '}
            <bdi dir="ltr">{shown(by, 120)}</bdi>
          </>
        )}
        <span className="history-note numbers">{sequence === null ? basis : `#${sequence.toString()}`}</span>
      </span>
      {at === null ? <span className="muted">no time</span> : <Timestamp instant={at} />}
    </li>
  );
}

function DetailSkeleton(): ReactNode {
  return (
    <div className="detail-skeleton" role="status" aria-label="Looking at the claim">
      <span className="skeleton skeleton-short" />
      <span className="skeleton skeleton-wide" />
      <span className="skeleton skeleton-wide" />
      <span className="skeleton skeleton-long" />
    </div>
  );
}
