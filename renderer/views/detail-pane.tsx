import { ListTree } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ClaimDetail, type ClaimRow, type Transition, transitionWord } from '../../core/model';
import { formatLeft, ticking } from '../format';
import { isEndKnown } from '../store/action-subject';
import { shown } from '../text';
import { useAppState, useNow } from './app-context';
import { DetailActions, type Gone } from './detail-actions';
import { HolderPart, WaitersPart } from './detail-holder';
import { DETAIL_ID } from './element-ids';
import { ExactText, LongText } from './long-text';
import { EvidenceList, Part } from './parts';
import { FILE_LOCK } from './protocol-words';
import { FlagLabel, VerdictLabel } from './signs';
import { Timestamp } from './timestamp';

const GONE_WORDS: Record<Gone, string> = {
  ended: 'This claim has ended.',
  unknown: 'This claim is not shown any more; whether it ended is not known.',
};

/** The selected claim in full: what it adds up to, why, who, what happened, the record; the actions last. */
export function DetailPane(): ReactNode {
  const row = useAppState((state) =>
    state.selectedKey === null ? null : (state.picture.claims.get(state.selectedKey) ?? state.selectedRow),
  );
  const gone = useAppState(({ picture, selectedKey }): Gone | null => {
    if (row === null || selectedKey === null || picture.claims.has(selectedKey)) return null;
    return isEndKnown(picture, row.sourceId) ? 'ended' : 'unknown';
  });
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
        <Heading row={row} full={full} gone={gone} />
        {gone !== null && (
          <p className="detail-ended" role="status">
            {GONE_WORDS[gone]}
            {full === null ? '' : ' Below is how it was last seen.'}
          </p>
        )}
        {detail.kind === 'failed' && (
          <p className="detail-ended" role="alert">
            {shown(detail.message)}
          </p>
        )}
        {full !== null ? <Full detail={full} /> : detail.kind === 'loading' && <DetailSkeleton />}
      </section>
      <DetailActions row={row} detail={full} gone={gone} />
    </>
  );
}

function Heading(props: {
  readonly row: ClaimRow;
  readonly full: ClaimDetail | null;
  /** Why it is not in the picture any more; null while it is. */
  readonly gone: Gone | null;
}): ReactNode {
  const { row, gone } = props;
  const { resource, title } = props.full?.full ?? row;
  return (
    <header className="detail-head">
      <div className="detail-verdict">
        {gone === null ? (
          <VerdictLabel verdict={row.verdict} size={16} />
        ) : (
          <span className="verdict muted">{gone === 'ended' ? 'Ended' : 'Not shown'}</span>
        )}
        {gone === null && row.flags?.map((flag) => <FlagLabel key={flag} flag={flag} size={12} />)}
        <span className="muted detail-kind">{shown(row.kind, 40)}</span>
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
      {gone === null && <Times row={row} />}
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
          {left === null ? noEnd(row) : formatLeft(left)}
        </dd>
      </div>
    </dl>
  );
}

function noEnd({ protocol }: ClaimRow): string {
  return protocol === FILE_LOCK ? 'until it is let go' : 'no end';
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
      <WaitersPart detail={detail} />
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
