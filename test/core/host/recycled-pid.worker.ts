import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createProcessTable } from '../../../core/host/process-table';

// Runs as the first of a fresh pid namespace: has a process end, another one get its number, and says what is known of the first.

function sleeper(): Promise<ChildProcess> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  return new Promise((resolve) => child.once('spawn', () => resolve(child)));
}

const table = createProcessTable(readlinkSync('/proc/self/ns/pid'));
const first = await sleeper();
const pid = first.pid ?? 0;
const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'utf8');
const identity = { ...table.self(), pid, startTicks: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) };
const alive = table.stateOf(identity);
const ended = new Promise((resolve) => first.once('exit', resolve));
first.kill('SIGKILL');
await ended;
const gone = table.stateOf(identity);
// Its ticks are hundredths of a second: the next one must start in another.
await new Promise((resolve) => setTimeout(resolve, 50));
let second: ChildProcess | null = null;
for (let tries = 0; tries < 20 && second?.pid !== pid; tries += 1) {
  second?.kill('SIGKILL');
  writeFileSync('/proc/sys/kernel/ns_last_pid', (pid - 1).toString());
  second = await sleeper();
}
const now = Date.now();
process.stdout.write(
  JSON.stringify({
    isRecycled: second?.pid === pid,
    alive,
    gone,
    recycled: table.stateOf(identity),
    ofAnOldClaim: table.stateOfPid(pid, now - 30 * 60_000),
    ofAClaimJustNow: table.stateOfPid(pid, now - 1_500),
    unlessItIsTheFirstNamespace: createProcessTable().stateOfPid(pid, now - 30 * 60_000),
  }),
);
second?.kill('SIGKILL');
