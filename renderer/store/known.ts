import type { SourceRow } from '../../core/model';
import type { AppState } from './state';

/** The sources that the operator asked to see. */
export function sourcesInView({ picture, choice }: Pick<AppState, 'picture' | 'choice'>): readonly SourceRow[] {
  const { sourceId } = choice;
  return sourceId === null ? picture.sources : picture.sources.filter(({ id }) => id === sourceId);
}

/** Whether the source could be read to its end, and answers. Only then is what is not shown of it not there. */
export function isKnown({ status, waitingSinceMs }: SourceRow): boolean {
  return status.kind === 'readable' && waitingSinceMs === undefined;
}

/** Whether the picture is the host's, and all of it is here. */
export function isPictureWhole({
  connection,
  trouble,
  arriving,
}: Pick<AppState, 'connection' | 'trouble' | 'arriving'>): boolean {
  return connection.kind === 'connected' && trouble === null && arriving === null;
}
