import { createHost } from '../core/host/create-host';
import type { ClaimRow, SourceRow } from '../core/model';
import { PROTOCOLS } from '../core/protocols';
import { createInspector, type Inspector } from '../inspector';
import { dataFolder } from '../service/data-folder';
import { openKeptBands } from '../service/kept-bands';
import { memoOptions } from '../service/memo-options';
import { databaseProcessProgram, readingThreadProgram } from '../service/thread-program';
import { VERSION } from '../service/version';
import { compareResources } from './order';
import { absolutePath } from './paths';

/** One look at what lies at or below some paths. */
export interface Look {
  readonly inspector: Inspector;
  /** By path. */
  readonly sources: readonly SourceRow[];
  /** By source, then by number of the node. */
  readonly claims: readonly ClaimRow[];
  /** A sentence for each path that is not there or holds no source. */
  readonly nothingFound: readonly string[];
  /** A sentence for each path below which not everything was looked at. */
  readonly cutShort: readonly string[];
}

/**
 * Opens and reads every source at or below the paths, once, and lets `use` work with them.
 * Everything is closed again when it ends, however it ends.
 */
export async function withLook<T>(
  paths: readonly string[],
  options: { readonly readOnly: boolean; readonly signal?: AbortSignal },
  use: (look: Look) => Promise<T>,
): Promise<T> {
  const keptBands = await openKeptBands(dataFolder());
  const inspector = createInspector({
    host: createHost({
      readingThread: readingThreadProgram(),
      databaseProcess: databaseProcessProgram(),
      memos: memoOptions(dataFolder()),
    }),
    protocols: PROTOCOLS,
    program: `cli ${VERSION}`,
    readOnly: options.readOnly,
    dataFolder: dataFolder(),
    watch: false,
    bandsOf: (sourceId) => keptBands.of(sourceId),
  });
  try {
    const nothingFound: string[] = [];
    const cutShort: string[] = [];
    const stopListening = inspector.onNotice((notice) => {
      cutShort.push(notice.message);
    });
    for (const path of paths) {
      const outcome = await inspector.open(absolutePath(path), options.signal);
      if (outcome.kind === 'nothing-found') nothingFound.push(outcome.message);
    }
    stopListening();
    await inspector.settled();
    return await use({ inspector, nothingFound, cutShort, ...ordered(inspector) });
  } finally {
    await inspector.dispose();
  }
}

function ordered(inspector: Inspector): { sources: readonly SourceRow[]; claims: readonly ClaimRow[] } {
  const snapshot = inspector.snapshot();
  const sources = [...snapshot.sources].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const place = new Map(sources.map((source, i) => [source.id, i]));
  const placeOf = (claim: ClaimRow): number => place.get(claim.sourceId) ?? sources.length;
  const claims = [...snapshot.claims].sort(
    (a, b) => placeOf(a) - placeOf(b) || compareResources(a.resource, b.resource),
  );
  return { sources, claims };
}
