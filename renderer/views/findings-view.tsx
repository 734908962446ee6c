import { ShieldCheck } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Finding, Severity } from '../../core/model';
import { formatCount } from '../format';
import { shown } from '../text';
import { useAppState } from './app-context';
import { SeveritySign } from './signs';

/** A source may have thousands; this many are enough to begin with. */
const AT_FIRST = 200;

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];
const SEVERITY_WORDS: Record<Severity, string> = { error: 'Error', warning: 'Warning', info: 'Worth knowing' };

/** What is wrong with the sources themselves, source by source. */
export function FindingsView(): ReactNode {
  const sources = useAppState((state) => state.picture.sources);
  const troubled = sources.filter((source) => source.findings.length > 0);
  return (
    <div className="view view-scroll" id="view" role="tabpanel" aria-label="Findings" tabIndex={0}>
      {troubled.length === 0 ? (
        <div className="empty">
          <ShieldCheck size={28} strokeWidth={1.5} aria-hidden className="empty-sign" />
          <h2 className="empty-title">Nothing is wrong with the sources</h2>
          <p className="empty-text">Gaps, refused events, leftover files and the like are named here.</p>
        </div>
      ) : (
        troubled.map((source) => (
          <section key={source.id} className="finding-group">
            <h2 className="group-title">
              <bdi dir="ltr">{shown(source.title, 120)}</bdi>
              <span className="group-path">{shown(source.path, 300)}</span>
            </h2>
            <FindingList findings={source.findings} />
          </section>
        ))
      )}
    </div>
  );
}

export function FindingList({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  const [all, setAll] = useState(false);
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const some = all ? sorted : sorted.slice(0, AT_FIRST);
  return (
    <>
      <ul className="findings">
        {some.map((finding, at) => (
          <FindingItem
            key={`${finding.code}:${String(finding.at)}:${String(finding.file)}:${at.toString()}`}
            finding={finding}
          />
        ))}
      </ul>
      {some.length < sorted.length && (
        <button
          type="button"
          className="link"
          onClick={() => {
            setAll(true);
          }}
        >
          Show {formatCount(sorted.length - some.length)} more
        </button>
      )}
    </>
  );
}

function FindingItem({ finding }: { readonly finding: Finding }): ReactNode {
  return (
    <li className="finding">
      <SeveritySign severity={finding.severity} />
      <span className="visually-hidden">{SEVERITY_WORDS[finding.severity]}: </span>
      <span className="finding-at numbers">{finding.at === null ? '' : `#${finding.at.toString()}`}</span>
      <span className="finding-body">
        <span className="wrap">{shown(finding.message, 600)}</span>
        <span className="finding-note mono">
          {finding.code}
          {finding.file !== null && (
            <>
              {' · '}
              <bdi dir="ltr">{shown(finding.file, 120)}</bdi>
            </>
          )}
        </span>
      </span>
    </li>
  );
}
