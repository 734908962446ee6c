import type { ReactNode } from 'react';
import { describeEvidence, type PlannedClaim, type ReadsAfter, verdictWord } from '../../core/model';
import { formatCount } from '../format';
import { shown } from '../text';
import { useNow } from './app-context';
import { HolderName } from './holder';
import { Part } from './parts';
import { VerdictSign } from './signs';
import { Timestamp } from './timestamp';

/** Claims beyond this many are counted: nobody reads a thousand lines before a decision. */
const SHOWN = 200;

/** The claims that end together, each with what speaks for it alone. */
export function PlannedClaims({ claims }: { readonly claims: readonly PlannedClaim[] }): ReactNode {
  const now = useNow();
  const left = claims.length - SHOWN;
  return (
    <div className="claim-list" tabIndex={0} role="region" aria-label={`${formatCount(claims.length)} claims`}>
      <ul>
        {claims.slice(0, SHOWN).map((claim) => {
          const [fact] = claim.evidence;
          return (
            <li key={claim.claimId} className="claim-line">
              <VerdictSign verdict={claim.verdict} />
              <span className="visually-hidden">{verdictWord(claim.verdict)}: </span>
              <bdi dir="ltr" className="mono clip">
                {shown(claim.resource, 120)}
              </bdi>
              <HolderName name={claim.holder} className="clip" />
              <span className="clip muted numbers">
                {fact === undefined ? '' : shown(describeEvidence(fact, now).headline, 160)}
              </span>
            </li>
          );
        })}
      </ul>
      {left > 0 && <p className="small muted">and {formatCount(left)} more</p>}
    </div>
  );
}

/** What the source reads as once it is mended, by the rules of its own tools. */
export function ReadsAfterwards({ after }: { readonly after: ReadsAfter }): ReactNode {
  const left = after.held - after.claims.length;
  const held = after.held === 1 ? '1 claim is held' : `${formatCount(after.held)} claims are held`;
  return (
    <Part title="Afterwards its own tools read it" note={`up to #${after.head.toString()}; ${held}`}>
      {after.claims.length > 0 && (
        <div className="claim-list" tabIndex={0} role="region" aria-label="Claims afterwards">
          <ul>
            {after.claims.map((claim, at) => (
              <li key={at} className="claim-line claim-line-after">
                <bdi dir="ltr" className="mono clip">
                  {shown(claim.resource, 120)}
                </bdi>
                <HolderName name={claim.holder} className="clip" />
                <span className="muted">
                  {claim.until === null ? (
                    'without an end'
                  ) : (
                    <>
                      until <Timestamp instant={claim.until} />
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
          {left > 0 && <p className="small muted">and {formatCount(left)} more</p>}
        </div>
      )}
    </Part>
  );
}
