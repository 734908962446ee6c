import { randomUUID } from 'node:crypto';
import type { SnapshotPart, SnapshotStart } from '../contract';
import type { ClaimRow, Snapshot } from '../core/model';

/** What a window can take in at once without a pause that is seen. */
const CLAIMS_AT_MOST = 2_000;
/** Names of claims may be long: a part is cut before its texts are longer than this. */
const TEXT_AT_MOST = 512 * 1024;
const TOKEN_IS_GOOD_MS = 60_000;

interface Rest {
  readonly claims: readonly ClaimRow[];
  readonly from: number;
  readonly token: string;
  readonly untilMs: number;
}

/** Hands out snapshots in parts. Each session has one at most; it is let go with its session. */
export interface Snapshots {
  begin(session: object, snapshot: Snapshot): SnapshotStart;
  more(session: object, token: string): SnapshotPart;
}

/** Parts of one snapshot are all of its one revision, whatever happens meanwhile: rows are never changed in place. */
export function createSnapshots(nowMs: () => number, claimsAtMost = CLAIMS_AT_MOST): Snapshots {
  const rests = new WeakMap<object, Rest>();

  function cut(
    session: object,
    claims: readonly ClaimRow[],
    from: number,
  ): { claims: ClaimRow[]; next: string | null } {
    const part = partFrom(claims.slice(from, from + claimsAtMost));
    const to = from + part.length;
    if (to === claims.length) {
      rests.delete(session);
      return { claims: part, next: null };
    }
    const token = randomUUID();
    rests.set(session, { claims, from: to, token, untilMs: nowMs() + TOKEN_IS_GOOD_MS });
    return { claims: part, next: token };
  }

  return {
    begin(session, { revision, sources, claims }) {
      return { revision, sources, total: claims.length, ...cut(session, claims, 0) };
    },
    more(session, token) {
      const rest = rests.get(session);
      if (rest?.token !== token || nowMs() > rest.untilMs) return { kind: 'over' };
      return { kind: 'claims', ...cut(session, rest.claims, rest.from) };
    },
  };
}

/** As many of the first claims as are not too much text; at least one, where there is one. */
function partFrom(claims: readonly ClaimRow[]): ClaimRow[] {
  const part: ClaimRow[] = [];
  let text = 0;
  for (const claim of claims) {
    text += claim.resource.length + claim.claimId.length + (claim.title?.length ?? 0) + (claim.holder?.length ?? 0);
    if (text > TEXT_AT_MOST && part.length > 0) break;
    part.push(claim);
  }
  return part;
}
