import { join } from 'node:path';
import { createHost } from '../core/host/create-host';
import { type SupervisedAgent, superviseAgent, takeStep } from './agent-process';
import { HABITS, READY, SET_UP, TASK_HABITS } from './habits';
import { writeProof } from './proof';
import { makeDemoFolder, removeFolder, sweepDemoFolders } from './temp-folder';

/** A proof and a project of tasks that a few real processes work on. */
export interface Demo {
  /** The proof's folder; absolute, links resolved. */
  readonly path: string;
  /** The project's folder, once it is there; null where it could not be made. Never rejects. */
  readonly project: Promise<string | null>;
  /** Ends every agent, by its own handle, and removes the folder. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Makes a proof in a new temporary folder and starts agents that claim, extend, let expire and release its nodes; and
 * beside it a project whose tasks others take by lease and by file lock, and push one at a time.
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
  const agents: SupervisedAgent[] = HABITS.map((habit) => superviseAgent(habit.name, path));
  let stopping: Promise<void> | undefined;
  const tasks = join(folder, 'odd-chores');
  const setUp = takeStep(SET_UP, tasks);
  const project = setUp.ended.then((code) => {
    if (code !== READY || stopping !== undefined) return null;
    agents.push(...TASK_HABITS.map((habit) => superviseAgent(habit.name, tasks)));
    return tasks;
  });
  async function stop(): Promise<void> {
    await setUp.stop();
    await project;
    await Promise.all(agents.map((agent) => agent.stop()));
    removeFolder(folder);
  }
  return { path, project, stop: () => (stopping ??= stop()) };
}
