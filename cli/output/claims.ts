import {
  type ClaimDetail,
  type ClaimRow,
  describeEvidence,
  type Finding,
  flagWord,
  formatDuration,
  quoteHostile,
  type SourceRow,
  verdictWord,
} from '../../core/model';
import type { Style } from './style';
import { type Column, formatTable } from './table';

/** A path may be long and is never cut: it is what one copies. */
export function printablePath(path: string): string {
  return quoteHostile(path, path.length);
}

export function heldWords(claim: ClaimRow, nowMs: number): string {
  if (claim.acquiredAt === null) return '—';
  const ms = nowMs - claim.acquiredAt.ms;
  return ms < 0 ? `in ${formatDuration(-ms)}` : formatDuration(ms);
}

/** `12 m`, `−4 m` when it is over, `—` without a lease. */
export function timeLeftWords(claim: ClaimRow, nowMs: number): string {
  if (claim.expiresAt === null) return '—';
  const ms = claim.expiresAt.ms - nowMs;
  return ms < 0 ? `−${formatDuration(-ms)}` : formatDuration(ms);
}

export function holderWords(claim: ClaimRow): string {
  const name = claim.holder === null ? '—' : quoteHostile(claim.holder, 40);
  return claim.holderNote === null ? name : `${name} ${quoteHostile(claim.holderNote, 24)}`;
}

const WAITERS: Column<ClaimRow> = { title: 'WAIT', align: 'right', text: (c) => c.waiters?.toString() ?? '—' };

/** `Expired, zombie holder` */
export function verdictWords({ verdict, flags = [] }: Pick<ClaimRow, 'verdict' | 'flags'>): string {
  return [verdictWord(verdict), ...flags.map((flag) => flagWord(flag).toLowerCase())].join(', ');
}

/** The table of `ls`. */
export function claimsTable(
  claims: readonly ClaimRow[],
  sources: readonly SourceRow[],
  nowMs: number,
  style: Style,
): string {
  const paths = new Map(sources.map((source) => [source.id, printablePath(source.path)]));
  const columns: readonly Column<ClaimRow>[] = [
    {
      title: 'VERDICT',
      align: 'left',
      text: verdictWords,
      paint: (c, cell) => style.verdict(c.verdict, cell),
    },
    {
      title: 'RESOURCE',
      align: 'left',
      text: (c) => quoteHostile(c.resource, 40),
      paint: (_, cell) => style.bold(cell),
    },
    { title: 'KIND', align: 'left', text: (c) => quoteHostile(c.kind, 24), paint: (_, cell) => style.dim(cell) },
    { title: 'HOLDER', align: 'left', text: holderWords },
    ...(claims.some(({ waiters }) => waiters !== undefined) ? [WAITERS] : []),
    { title: 'HELD', align: 'right', text: (c) => heldWords(c, nowMs) },
    { title: 'TIME LEFT', align: 'right', text: (c) => timeLeftWords(c, nowMs) },
    { title: 'SOURCE', align: 'left', text: (c) => paths.get(c.sourceId) ?? '', paint: (_, cell) => style.dim(cell) },
  ];
  return formatTable(columns, claims, (title) => style.dim(title));
}

interface SourceFinding {
  readonly source: SourceRow;
  readonly finding: Finding;
}

/** The findings of all sources, one a line. */
export function findingsTable(sources: readonly SourceRow[], style: Style): string {
  const rows = sources.flatMap((source) => source.findings.map((finding) => ({ source, finding })));
  const columns: readonly Column<SourceFinding>[] = [
    {
      title: 'FINDING',
      align: 'left',
      text: (r) => r.finding.severity,
      paint: (r, cell) => style.severity(r.finding.severity, cell),
    },
    { title: 'AT', align: 'right', text: (r) => (r.finding.at === null ? '—' : `#${r.finding.at.toString()}`) },
    { title: 'CODE', align: 'left', text: (r) => quoteHostile(r.finding.code, 40) },
    { title: 'SOURCE', align: 'left', text: (r) => printablePath(r.source.path), paint: (_, cell) => style.dim(cell) },
    { title: 'MESSAGE', align: 'left', text: (r) => quoteHostile(r.finding.message, 1000) },
  ];
  return formatTable(columns, rows, (title) => style.dim(title));
}

/** A claim in the shape of `--json`. Times are exactly as the source wrote them. */
export function claimJson(claim: ClaimRow, detail: ClaimDetail | null, source: string, nowMs: number): object {
  return {
    source,
    protocol: claim.protocol,
    kind: claim.kind,
    resource: claim.resource,
    title: claim.title,
    holder: { name: claim.holder, note: claim.holderNote },
    acquiredAt: claim.acquiredAt?.text ?? null,
    expiresAt: claim.expiresAt?.text ?? null,
    verdict: claim.verdict,
    flags: claim.flags ?? [],
    waiters: claim.waiters ?? 0,
    evidence: (detail?.evidence ?? []).map((e) => ({ kind: e.kind, ...describeEvidence(e, nowMs) })),
    actions: claim.actions,
    seen: claim.seen,
  };
}

export function findingJson(finding: Finding, source: string): object {
  return {
    source,
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    at: finding.at,
    file: finding.file,
    mend: finding.mend?.mend ?? null,
  };
}
