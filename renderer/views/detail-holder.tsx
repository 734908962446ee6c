import type { ReactNode } from 'react';
import type { ClaimDetail, Waiter } from '../../core/model';
import { formatCount, ticking } from '../format';
import { shown } from '../text';
import { useApp, useNow } from './app-context';
import { HolderName } from './holder';
import { LongText } from './long-text';
import { Part } from './parts';
import { WaiterSign } from './signs';
import { alsoWords, waiterHow, waiterName, waitersNote } from './waiter-words';

const ALSO_SHOWN = 12;
/** Waiters beyond this many are counted. */
const WAITERS_SHOWN = 50;

/** Who holds it, and what else the same holder has here, by whatever mechanism. */
export function HolderPart({ detail }: { readonly detail: ClaimDetail }): ReactNode {
  const { claim, alsoHolds } = detail;
  const name = detail.full === undefined ? claim.holder : detail.full.holder;
  const isKnown = name !== null || claim.holderNote !== null;
  return (
    <>
      <p className="wrap">
        {name !== null && (
          <HolderName name={name} nameClass="holder-name">
            <LongText text={name} />
          </HolderName>
        )}
        {name === null && !isKnown && <span className="muted">Nobody is named.</span>}
        {claim.holderNote !== null && (
          <span className={name === null ? 'holder-name' : 'note'}>{shown(claim.holderNote, 200)}</span>
        )}
      </p>
      {(isKnown || alsoHolds.length > 0) && <AlsoHolds others={alsoHolds} />}
    </>
  );
}

function AlsoHolds({ others }: { readonly others: ClaimDetail['alsoHolds'] }): ReactNode {
  const app = useApp();
  const left = others.length - ALSO_SHOWN;
  if (others.length === 0) return <p className="also muted">{alsoWords(0)}</p>;
  return (
    <>
      <p className="also muted">{alsoWords(others.length)}</p>
      <ul className="also-list">
        {others.slice(0, ALSO_SHOWN).map((other) => (
          <li key={other.key}>
            <button
              type="button"
              className="also-link"
              aria-label={`${shown(other.kind, 40)} ${shown(other.resource, 120)}`}
              onClick={() => {
                app.select(other.key);
              }}
            >
              <span className="also-kind">{shown(other.kind, 40)}</span>
              <bdi dir="ltr" className="mono clip">
                {shown(other.resource, 120)}
              </bdi>
            </button>
          </li>
        ))}
      </ul>
      {left > 0 && <p className="also muted">and {formatCount(left)} more</p>}
    </>
  );
}

/** Who is seen waiting for it, and since when we saw that; nothing where nobody is. */
export function WaitersPart({ detail }: { readonly detail: ClaimDetail }): ReactNode {
  const { waiters, claim } = detail;
  if (waiters.length === 0) return null;
  const listed = waiters.slice(0, WAITERS_SHOWN);
  const left = Math.max(claim.waiters ?? 0, waiters.length) - listed.length;
  return (
    <Part title="Waiting" note={waitersNote(waiters)}>
      <ul className="waiters">
        {listed.map((waiter, at) => (
          <WaiterLine key={`${(waiter.process?.pid ?? -1).toString()}:${at.toString()}`} waiter={waiter} />
        ))}
      </ul>
      {left > 0 && <p className="small muted">and {formatCount(left)} more</p>}
    </Part>
  );
}

function WaiterLine({ waiter }: { readonly waiter: Waiter }): ReactNode {
  const now = useNow();
  return (
    <li className="waiter">
      <WaiterSign how={waiter.how} />
      <span className="waiter-words">
        <span className="waiter-name">
          <bdi dir="ltr" className={waiter.name === null ? 'clip muted' : 'clip strong'}>
            {waiterName(waiter)}
          </bdi>
          {waiter.process !== null && <span className="note">pid {waiter.process.pid.toString()}</span>}
        </span>
        <span className="evidence-detail">{waiterHow(waiter)}</span>
      </span>
      <time className="time numbers" dateTime={new Date(waiter.sinceMs).toISOString()} title="Since we first saw it">
        {ticking(now - waiter.sinceMs)}
      </time>
    </li>
  );
}
