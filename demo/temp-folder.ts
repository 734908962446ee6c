import { lstatSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ProcessTable } from '../core/host/host';

const PREFIX = 'lockscope-demo-';
const MARKER = 'owner.json';
const MARKER_AT_MOST_BYTES = 4096;

const owner = z.object({
  host: z.string(),
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
  pid: z.number().int().positive(),
  startTicks: z.number().nullable(),
});

/** A new folder for a demo, links resolved, marked with the process that it belongs to. */
export function makeDemoFolder(processes: ProcessTable, parent: string = tmpdir()): string {
  const folder = mkdtempSync(join(realpathSync(parent), PREFIX));
  try {
    writeFileSync(join(folder, MARKER), JSON.stringify(processes.self()), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  return folder;
}

/** Removes a demo folder. An agent's last file may still appear while this runs, so it is tried a few times. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/**
 * Removes the demo folders of this user whose process is proven gone (it crashed or was killed). What is not
 * certain stays. Never rejects.
 */
export async function sweepDemoFolders(processes: ProcessTable, parent: string = tmpdir()): Promise<void> {
  let names: string[];
  try {
    names = (await readdir(parent)).filter((name) => name.startsWith(PREFIX));
  } catch {
    return;
  }
  for (const name of names) {
    const folder = join(parent, name);
    try {
      if (isMine(folder) && isLeft(folder, processes)) removeFolder(folder);
    } catch {
      // Not readable, not removable or just now removed by another start: not ours to worry about.
    }
  }
}

/** In a shared temporary folder anybody can make anything of such a name. */
function isMine(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid());
}

function isLeft(folder: string, processes: ProcessTable): boolean {
  const marker = join(folder, MARKER);
  const stat = lstatSync(marker);
  if (!stat.isFile() || stat.size > MARKER_AT_MOST_BYTES) return false;
  const parsed = owner.safeParse(JSON.parse(readFileSync(marker, 'utf8')));
  return parsed.success && processes.stateOf(parsed.data).kind === 'gone';
}
