import type { ReactNode } from 'react';
import { describeEvidence, type Evidence } from '../../core/model';
import { shown } from '../text';
import { useNow } from './app-context';
import { EvidenceSign } from './signs';

/** A part of a claim or of a plan, under its title. */
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
