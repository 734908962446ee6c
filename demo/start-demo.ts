import { join } from 'node:path';
import { createHost } from '../core/host/create-host';
import { superviseAgent } from './agent-process';
import { HABITS } from './habits';
import { writeProof } from './proof';
import { makeDemoFolder, removeFolder, sweepDemoFolders } from './temp-folder';

/** A proof that a few real processes work on. */
export interface Demo {
  /** The proof's folder; absolute, links resolved. */
  readonly path: string;
  /** Ends every agent, by its own handle, and removes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Makes a proof in a new temporary folder and starts agents that claim, extend, let expire and release its nodes.
 *
 * The agents end when this process ends, for whatever reason: they hang on a pipe of it. A crash leaves at most the
 * folder, which the next start removes. Rejects when there is no place for a folder.
 */
export async function startDemo(): Promise<Demo> {
  const host = createHost();
  await sweepDemoFolders(host.processes);
  const folder = makeDemoFolder(host.processes);
  const path = join(folder, 'odd-numbers');
  try {
    writeProof(path, host.clock.nowMs());
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
  const agents = HABITS.map((habit) => superviseAgent(habit.name, path));
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    await Promise.all(agents.map((agent) => agent.stop()));
    removeFolder(folder);
  }
  return { path, stop: () => (stopping ??= stop()) };
}
