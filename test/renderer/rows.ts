import type { SnapshotStart } from '../../contract';
import { type ClaimRow, instantFromMs, type SourceRow } from '../../core/model';
import type { Picture } from '../../renderer/store/picture';

/** A claim as a host would tell it. */
export function claimRow(resource: string, more: Partial<ClaimRow> = {}): ClaimRow {
  const sourceId = more.sourceId ?? 'source-1';
  return {
    key: `${sourceId}/node:${resource}`,
    sourceId,
    claimId: `node:${resource}`,
    protocol: 'ledger',
    kind: 'node',
    resource,
    title: null,
    holder: 'prover-ada',
    holderNote: null,
    acquiredAt: instantFromMs(1_000_000),
    expiresAt: instantFromMs(2_000_000),
    verdict: 'live',
    seen: `seen-${resource}`,
    actions: ['release', 'force-release'],
    ...more,
  };
}

export function sourceRow(id = 'source-1', more: Partial<SourceRow> = {}): SourceRow {
  return {
    id,
    protocol: 'ledger',
    title: 'parity proof',
    path: '/proofs/parity',
    status: { kind: 'readable' },
    note: null,
    head: 1,
    held: 0,
    stale: 0,
    findings: [],
    worst: null,
    readAtMs: null,
    watch: 'watching',
    ...more,
  };
}

export function snapshotOf(revision: number, claims: readonly ClaimRow[], sources = [sourceRow()]): SnapshotStart {
  return { revision, sources, claims, total: claims.length, next: null };
}

/** A picture of these claims, whole. */
export function pictureOf({ revision, sources, claims }: SnapshotStart): Picture {
  const byKey = new Map(claims.map((claim) => [claim.key, claim]));
  return { revision, sources, claims: byKey, changed: new Map(), touched: null };
}
