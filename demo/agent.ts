import { createHost } from '../core/host/create-host';
import { openLedger } from '../core/ledger';
import { runAgent } from './agent-life';
import { DIED, habitOf, READY, SET_UP, taskHabitOf } from './habits';
import { runTaskAgent } from './task-agent-life';
import { writeTaskProject } from './tasks';

// One agent: `agent PLACE NAME`, with stdin a pipe of the demo that started it. The place is a proof or a project.
const [place, name = ''] = process.argv.slice(2);

// The demo is gone or wants us gone. A write is one uninterrupted step, so this leaves nothing half done.
process.stdin.on('close', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.stdin.resume();
// Ctrl+C reaches everything in a terminal: the demo decides when its agents end.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

live().then(
  (code) => process.exit(code),
  () => process.exit(1),
);

/** Resolves with the exit code. */
async function live(): Promise<number> {
  const host = createHost();
  if (place === undefined) return 2;
  if (name === SET_UP) {
    writeTaskProject(place, host.clock.nowMs());
    return READY;
  }
  const taskHabit = taskHabitOf(name);
  if (taskHabit !== undefined) return runTaskAgent(place, taskHabit, host.clock);
  const habit = habitOf(name);
  if (habit === undefined) return 2;
  await runAgent(openLedger(place, { host }), habit);
  return DIED;
}
