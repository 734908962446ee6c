import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { Finding, Severity } from '../../core/model';
import { formatCount } from '../format';
import { shown } from '../text';
import { SeveritySign } from './signs';

/** So many of one kind are listed to begin with, and so many more each time. */
const AT_ONCE = 100;
/** A group of so few needs no fold. */
const OPEN_UP_TO = 3;

const ORDER: readonly Severity[] = ['error', 'warning', 'info'];
const SEVERITY_WORDS: Record<Severity, string> = { error: 'Error', warning: 'Warning', info: 'Worth knowing' };

/** The code of the finding that a resource has two holders at once. */
export const DOUBLE_HOLDER = 'double-holder';

interface Group {
  readonly code: string;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
}

/** Findings of one kind together, the gravest first. */
function groupsOf(findings: readonly Finding[]): readonly Group[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity}:${finding.code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [{ code: first.code, severity: first.severity, findings: group }];
    })
    .sort((a, b) => gravity(a) - gravity(b));
}

/** Two holders at once is the loudest of all. */
function isLoudest({ code, severity }: Pick<Finding, 'code' | 'severity'>): boolean {
  return code === DOUBLE_HOLDER && severity === 'error';
}

function gravity(group: Pick<Finding, 'code' | 'severity'>): number {
  return isLoudest(group) ? -1 : ORDER.indexOf(group.severity);
}

/** `refused-transition` as `Refused transition` */
function codeWords(code: string): string {
  const words = shown(code, 60).replace(/-/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is wrong with a source, kind by kind; of many of one kind only the first is shown until one asks. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  return groupsOf(findings).map((group) =>
    group.findings.length <= OPEN_UP_TO ? (
      <Items key={`${group.severity}:${group.code}`} findings={group.findings} />
    ) : (
      <FoldedGroup key={`${group.severity}:${group.code}`} group={group} />
    ),
  );
}

function FoldedGroup({ group }: { readonly group: Group }): ReactNode {
  const [open, setOpen] = useState(false);
  const id = useId();
  const [first] = group.findings;
  return (
    <div className="finding-fold">
      <button
        type="button"
        className="fold-button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <SeveritySign severity={group.severity} />
        <span className="visually-hidden">{SEVERITY_WORDS[group.severity]}: </span>
        <ChevronRight size={13} aria-hidden className={open ? 'fold-arrow fold-open' : 'fold-arrow'} />
        <span className="fold-name">{codeWords(group.code)}</span>
        <span className="badge numbers">{formatCount(group.findings.length)}</span>
        {!open && first !== undefined && <span className="clip muted fold-first">{shown(first.message, 240)}</span>}
      </button>
      {open && (
        <div id={id}>
          <Items findings={group.findings} />
        </div>
      )}
    </div>
  );
}

function Items({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  const [count, setCount] = useState(AT_ONCE);
  const left = findings.length - count;
  return (
    <>
      <ul className="findings">
        {findings.slice(0, count).map((finding, at) => (
          <FindingItem
            key={`${finding.code}:${String(finding.at)}:${String(finding.file)}:${at.toString()}`}
            finding={finding}
          />
        ))}
      </ul>
      {left > 0 && (
        <button
          type="button"
          className="link fold-more"
          onClick={() => {
            setCount(count + AT_ONCE);
          }}
        >
          Show {formatCount(Math.min(left, AT_ONCE))} more of {formatCount(left)}
        </button>
      )}
    </>
  );
}

function FindingItem({ finding }: { readonly finding: Finding }): ReactNode {
  return (
    <li className={isLoudest(finding) ? 'finding finding-loud' : 'finding'}>
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
