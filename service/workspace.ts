import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { jsonFile } from './json-file';
import { log } from './log';

const AT_MOST_PATHS = 200;

const stored = z.object({ paths: z.array(z.string().min(1).max(4096).refine(isAbsolute)).max(AT_MOST_PATHS) });

/** The folders that the operator opened, kept in `workspace.json` for the next start. */
export interface Workspace {
  /** What the last run had open; empty when there was none. */
  readonly last: readonly string[];
  /**
   * Keeps `opened` for the next start. Never rejects: a workspace that cannot be remembered is logged,
   * and costs the operator only the next start.
   */
  remember(opened: readonly string[]): Promise<void>;
  /** Leaves `path` out of what is remembered: the demo is gone with the run that showed it. */
  leaveOut(path: string): void;
  /** Remembers `path` although it is not open: a disk that is not mounted now may be back next time. */
  keep(path: string): void;
}

export async function openWorkspace(dataFolder: string): Promise<Workspace> {
  const file = jsonFile<{ paths: string[] }>(join(dataFolder, 'workspace.json'), (value) => {
    const parsed = stored.safeParse(value);
    return parsed.success ? parsed.data : null;
  });
  const leftOut = new Set<string>();
  const kept = new Set<string>();
  return {
    last: (await file.read())?.paths ?? [],
    async remember(opened) {
      const paths = [...new Set([...opened.filter((path) => !leftOut.has(path)), ...kept])].slice(0, AT_MOST_PATHS);
      try {
        await file.write({ paths });
      } catch (error) {
        log('the workspace cannot be remembered', error);
      }
    },
    leaveOut: (path) => void leftOut.add(path),
    keep: (path) => void kept.add(path),
  };
}
