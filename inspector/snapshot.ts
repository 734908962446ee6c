import {
  actionsFor,
  type Claim,
  type ClaimDetail,
  type ClaimFlag,
  type ClaimRow,
  type Finding,
  type ProcessIdentity,
  type Severity,
  type Snapshot,
  type SourceDescription,
  type SourceRow,
  type SourceStatus,
  type Verdict,
} from '../core/model';
import type { JudgedClaim } from './judged-claim';

/** A source may have any number of findings; a row carries this many, the gravest first when some are left out. */
const FINDINGS_IN_A_ROW = 500;

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Names are hostile and may be a megabyte long; a row carries so many characters of one. The detail has all. */
const NAME_IN_A_ROW = 4_096;
const TITLE_IN_A_ROW = 1_000;

function cut(text: string, at: number): string {
  return text.length <= at ? text : text.slice(0, at);
}

/** The names of a claim in full, where its row carries only their beginning. */
export function fullNames({ resource, title, holder }: Claim): NonNullable<ClaimDetail['full']> | null {
  const isCut =
    resource.length > NAME_IN_A_ROW ||
    (title?.length ?? 0) > TITLE_IN_A_ROW ||
    (holder.name?.length ?? 0) > NAME_IN_A_ROW;
  return isCut ? { resource, title, holder: holder.name } : null;
}

export interface ClaimRowParts {
  readonly key: string;
  readonly sourceId: string;
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly flags: readonly ClaimFlag[];
  /** Nothing can be done to a claim whose source is out of reach. */
  readonly outOfReach: boolean;
  /** The name of this host, which need not be said. */
  readonly thisHost: string;
}

/** A claim as the table shows it. Pure. */
export function claimRow({ key, sourceId, claim, verdict, flags, outOfReach, thisHost }: ClaimRowParts): ClaimRow {
  return {
    key,
    sourceId,
    claimId: claim.id,
    protocol: claim.protocol,
    kind: claim.kind,
    resource: cut(claim.resource, NAME_IN_A_ROW),
    title: claim.title === null ? null : cut(claim.title, TITLE_IN_A_ROW),
    holder: claim.holder.name === null ? null : cut(claim.holder.name, NAME_IN_A_ROW),
    holderNote: claim.holder.process === null ? null : processNote(claim.holder.process, thisHost),
    acquiredAt: claim.acquiredAt,
    expiresAt: claim.lease.kind === 'none' ? null : claim.lease.expiresAt,
    verdict,
    seen: claim.seen,
    actions: outOfReach ? [] : actionsFor(claim.possibleActions, verdict),
    ...(claim.inBatch === true ? { inBatch: true } : {}),
    ...(claim.waiters === undefined || claim.waiters.length === 0 ? {} : { waiters: claim.waiters.length }),
    ...(flags.length === 0 ? {} : { flags }),
  };
}

function processNote(process: ProcessIdentity, thisHost: string): string {
  const pid = `pid ${process.pid.toString()}`;
  return process.host === thisHost ? pid : `${pid} on ${process.host}`;
}

export interface SourceRowParts {
  readonly id: string;
  readonly description: SourceDescription;
  readonly status: SourceStatus;
  readonly note: string | null;
  readonly head: number | null;
  readonly held: number;
  readonly stale: number;
  readonly findings: readonly Finding[];
  /** So many there are beside those. */
  readonly moreFindings: number;
  readonly readAtMs: number | null;
  readonly watch: SourceRow['watch'];
  readonly rereading: NonNullable<SourceRow['rereading']> | null;
  readonly waitingSinceMs?: number;
  readonly bands?: NonNullable<SourceRow['bands']>;
}

/** A source as the workspace list shows it. Pure. */
export function sourceRow({ description, findings, moreFindings, rereading, ...parts }: SourceRowParts): SourceRow {
  return {
    ...parts,
    ...(rereading === null ? {} : { rereading }),
    protocol: description.protocol,
    title: description.title,
    path: description.path,
    findings: boundedFindings(findings, moreFindings),
    worst: SEVERITIES.find((severity) => findings.some((f) => f.severity === severity)) ?? null,
  };
}

function boundedFindings(findings: readonly Finding[], more: number): readonly Finding[] {
  if (findings.length <= FINDINGS_IN_A_ROW && more === 0) return findings;
  const shown: Finding[] = [];
  for (const severity of SEVERITIES) {
    for (const finding of findings) {
      if (finding.severity === severity && shown.length < FINDINGS_IN_A_ROW) shown.push(finding);
    }
  }
  shown.push({
    code: 'more-findings',
    severity: 'info',
    message: `There are ${(findings.length - shown.length + more).toString()} more findings that are not listed here.`,
    at: null,
    file: null,
  });
  return shown;
}

/** What a snapshot needs of a source: its rows as last published. */
export interface ShownSource {
  readonly row: SourceRow;
  readonly entries: Iterable<JudgedClaim>;
}

/** Everything as it was last published, so that it equals all changes up to `revision` applied in their order. */
export function snapshotOf(revision: number, sources: Iterable<ShownSource>): Snapshot {
  const rows: SourceRow[] = [];
  const claims: ClaimRow[] = [];
  for (const source of sources) {
    rows.push(source.row);
    for (const entry of source.entries) claims.push(entry.row);
  }
  return { revision, sources: rows, claims };
}
