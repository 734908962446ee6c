import { stateLock } from '../../../core/file-lock';

// PROJECT KIND: takes the state lock through the public API, says `held`, and holds on until its input ends.

const [project = '', kind = ''] = process.argv.slice(2);
const made = stateLock(project, { kind: kind === 'flock' ? 'flock' : 'fcntl' });
if (made.kind === 'refused') throw new Error(made.reason);
const outcome = await made.lock.lock({ timeoutMs: 60_000 });
process.stdout.write(`${outcome.kind === 'locked' ? 'held' : JSON.stringify(outcome)}\n`);
process.stdin.resume();
process.stdin.once('end', () => {
  made.lock.close();
});
