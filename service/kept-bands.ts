import { join } from 'node:path';
import { z } from 'zod';
import { bands } from '../contract';
import type { LeaseBands } from '../core/model';
import { jsonFile } from './json-file';
import { log } from './log';

const AT_MOST_SOURCES = 1_000;

const stored = z.object({ bySource: z.record(z.string().max(512), bands) });

/** The thresholds that an operator set, by source, kept in `bands.json` for the next start. */
export interface KeptBands {
  of(sourceId: string): LeaseBands | undefined;
  /**
   * Null: as the source's own tools have them. Never rejects: what cannot be kept is logged, and costs the operator
   * only the next start.
   */
  set(sourceId: string, bands: LeaseBands | null): Promise<void>;
}

/** Reads what was set; a missing or broken file means nothing. */
export async function openKeptBands(dataFolder: string): Promise<KeptBands> {
  const file = jsonFile<{ readonly bySource: Readonly<Record<string, LeaseBands>> }>(
    join(dataFolder, 'bands.json'),
    (value) => {
      const parsed = stored.safeParse(value);
      return parsed.success ? parsed.data : null;
    },
  );
  const bySource = new Map(Object.entries((await file.read())?.bySource ?? {}));
  return {
    of: (sourceId) => bySource.get(sourceId),
    async set(sourceId, bands) {
      bySource.delete(sourceId);
      if (bands !== null) bySource.set(sourceId, bands);
      for (const oldest of bySource.keys()) {
        if (bySource.size <= AT_MOST_SOURCES) break;
        bySource.delete(oldest);
      }
      try {
        await file.write({ bySource: Object.fromEntries(bySource) });
      } catch (error) {
        log('the thresholds of a source cannot be kept', error);
      }
    },
  };
}
