import type { Claim } from './claim';
import { allEvidence, type Evidence } from './evidence';

/**
 * What an operator should see of a claim at first sight, beside its verdict.
 *
 * - `two-holders`: somebody else has the same resource at the same time.
 * - `zombie-holder`: its lease is over, and its holder is still there.
 * - `ghost-lease`: its lease runs, and nobody seems to work under it.
 */
export type ClaimFlag = 'two-holders' | 'zombie-holder' | 'ghost-lease';

const NONE: readonly ClaimFlag[] = [];

/** What a flag can come from. Most claims have nothing of it, and there may be very many. */
const CAUSES: ReadonlySet<Evidence['kind']> = new Set<Evidence['kind']>(['held-twice', 'holder-alive', 'ghost-lease']);

/** The flags of a claim at `asOfMs` (unix ms), the gravest first. Pure. */
export function flagsOf(claim: Claim, asOfMs: number): readonly ClaimFlag[] {
  if (!claim.evidence.some((e) => CAUSES.has(e.kind))) return NONE;
  const evidence = allEvidence(claim, asOfMs);
  const has = (kind: Evidence['kind']): boolean => evidence.some((e) => e.kind === kind);
  const flags: ClaimFlag[] = [];
  if (has('held-twice')) flags.push('two-holders');
  if (has('holder-outlived-lease')) flags.push('zombie-holder');
  if (has('ghost-lease')) flags.push('ghost-lease');
  return flags;
}
