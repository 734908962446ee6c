import type { SourceRow } from '../../core/model';
import { isKnown } from '../store/known';
import type { Verification } from '../store/sources';

/** Whether something speaks against this source: what was found, how it stands, or how verifying it ended. */
export function isWell(source: SourceRow, verification: Verification | undefined): boolean {
  const isAsShown = verification?.kind !== 'ended' || verification.outcome.kind === 'same';
  return source.findings.length === 0 && isKnown(source) && isAsShown;
}

/** That nothing is wrong with the sources in view, in a title; null where something is, or may be. */
export function wellTitle(
  inView: readonly SourceRow[],
  verified: ReadonlyMap<string, Verification>,
  isOnlyOne: boolean,
): string | null {
  if (inView.length === 0 || !inView.every((source) => isWell(source, verified.get(source.id)))) return null;
  return isOnlyOne ? 'Nothing is wrong with this source' : 'Nothing is wrong with the sources';
}
