import { basename, join } from 'node:path';
import type { Host } from '../../host/host';
import type { FollowedLocks, HeldLock } from '../../host/kernel-locks';
import { type Claim, type Evidence, type Finding, quoteHostile } from '../../model';

const LOCKS = join('.todo2', 'locks');
/** The kernel's list is of the whole machine: so often it is looked at for readings, in ms. */
const LOOK_EVERY_MS = 1_000;
const LOCK_NAME = /^task_(.+)\.lock$/s;

/** The kernel locks on the files that go with tasks (`.todo2/locks/task_ID.lock`), for what they say of the task's lease. */
export class TaskLocks {
  readonly #followed: FollowedLocks | null;
  #byTask: ReadonlyMap<string, HeldLock> = new Map();
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** @param folder the project, links resolved */
  constructor(folder: string, host: Pick<Host, 'kernelLocks'>) {
    this.#followed = host.kernelLocks?.follow([{ path: join(folder, LOCKS) }]) ?? null;
  }

  /** Looks, unless it did a moment ago. For readings, of which there may be ten a second. */
  lookNowAndThen(): void {
    if (performance.now() - this.#lookedMs >= LOOK_EVERY_MS) this.look();
  }

  /** Looks now. True when something is another than it was. */
  look(): boolean {
    this.#lookedMs = performance.now();
    const before = this.#byTask;
    const byTask = new Map<string, HeldLock>();
    for (const lock of this.#followed?.look().locks ?? []) {
      const task = lock.isOfSqlite ? undefined : LOCK_NAME.exec(basename(lock.path))?.[1];
      if (task !== undefined) byTask.set(task, lock);
    }
    this.#byTask = byTask;
    // What did not change is the same object.
    return byTask.size !== before.size || [...byTask].some(([task, lock]) => before.get(task) !== lock);
  }

  /** What is locked says this of the claim on a task. */
  evidenceFor(task: string, claim: Pick<Claim, 'holder' | 'evidence'>): readonly Evidence[] {
    const lock = this.#byTask.get(task);
    if (lock === undefined) return [];
    const pids = lock.holders.map(({ process }) => process.identity.pid);
    const file = join(LOCKS, basename(lock.path));
    const agrees = agreesWith(pids, claim);
    const evidence: Evidence[] = [{ kind: 'task-lock-file', file, pid: pids[0] ?? null, agrees }];
    if (agrees === false && pids[0] !== undefined) {
      evidence.push({ kind: 'held-twice', other: `process ${pids[0].toString()} has ${file} locked` });
    }
    return evidence;
  }

  /** Another one whenever `evidenceFor` may say something else of the same claim. */
  keyOf(task: string): string {
    const lock = this.#byTask.get(task);
    return lock === undefined ? '' : `${lock.path} ${lock.holders.map(({ process }) => process.identity.pid).join()}`;
  }

  close(): void {
    this.#followed?.close();
  }
}

/** Whether those who have the file locked are the lease's own process; null where one of the two is not known to be there. */
function agreesWith(pids: readonly number[], { holder, evidence }: Pick<Claim, 'holder' | 'evidence'>): boolean | null {
  if (pids.length === 0 || holder.process === null) return null;
  if (pids.includes(holder.process.pid)) return true;
  return evidence.some(({ kind }) => kind === 'holder-alive') ? false : null;
}

/** A task that one process has by its lease, and another by its file. */
export function twiceHeldFindings(claims: Iterable<Claim>): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { resource, holder, evidence } of claims) {
    const twice = evidence.find((fact) => fact.kind === 'held-twice');
    const lock = evidence.find((fact) => fact.kind === 'task-lock-file');
    if (twice === undefined || lock === undefined) continue;
    const name = quoteHostile(holder.name ?? '', 60);
    findings.push({
      code: 'double-holder',
      severity: 'error',
      message: `Task ${quoteHostile(resource, 60)} has two holders: ${name}, which runs, has the lease, and ${twice.other}.`,
      at: null,
      file: lock.file,
    });
  }
  return findings;
}
