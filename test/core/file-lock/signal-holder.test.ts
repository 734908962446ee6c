import { describe, expect, it } from 'vitest';
import { claimIdOf, claimOf } from '../../../core/file-lock/lock-claim';
import { commitSignal, type LockNow, planSignal, whyNotSignalled } from '../../../core/file-lock/signal-holder';
import { createHost } from '../../../core/host/create-host';
import type { HeldLock, LockProcess } from '../../../core/host/kernel-locks';
import { processSignals } from '../../../core/host/process-signal';
import type { ActionResult, ClaimPlan, SignalAction } from '../../../core/model';
import { type Program, startProgram } from './programs';

const canSignal = process.platform === 'linux' && processSignals().kind === 'can';
const UNREADABLE = "the kernel's list of locks cannot be read: too many files are open (EMFILE)";
const NOT_HELD: LockNow = { kind: 'not-held' };
const NOT_KNOWN: LockNow = { kind: 'not-known', reason: UNREADABLE };

/** A process as the kernel tells of it, started at `startTicks`. */
function processOf(pid: number, startTicks: number): LockProcess {
  const identity = { ...createHost().processes.self(), pid, startTicks };
  return { identity, command: 'sleep 30', user: 'me', startedAtMs: null, namespace: identity.pidNamespace };
}

/** One lock, as it is seen in the hands of these. */
function held(...holders: readonly LockProcess[]): LockNow & { readonly kind: 'held' } {
  const lock: HeldLock = {
    listed: {
      text: 'FLOCK  ADVISORY  WRITE 7 08:01:99 0 EOF',
      kind: 'FLOCK',
      access: 'write',
      pid: 7,
      device: '08:01',
      inode: '99',
      start: 0,
      end: null,
    },
    path: '/project/.todo2/state.todo2.json.lock',
    file: 'there',
    holders: holders.map((process) => ({ process, fd: 3, folder: '' })),
    unseen: holders.length === 0 ? 'taker-ended' : null,
    blocked: [],
    possible: [],
    isOfSqlite: false,
  };
  const claim = claimOf(lock, {
    resource: '.todo2/state.todo2.json.lock',
    takenAt: null,
    waiters: [],
    rivals: [],
    possibleActions: ['terminate'],
  });
  return { kind: 'held', claim, lock };
}

function planFor(
  now: LockNow & { readonly kind: 'held' },
  action: SignalAction = 'terminate',
): ClaimPlan<SignalAction> {
  const outcome = planSignal(action, now, Date.now());
  if (outcome.kind !== 'planned' || (outcome.plan.action !== 'terminate' && outcome.plan.action !== 'kill')) {
    throw new Error(JSON.stringify(outcome));
  }
  return outcome.plan as ClaimPlan<SignalAction>;
}

/** Commits while the lock is seen as these say, one look after the other; the last one stays. */
async function commit(
  plan: ClaimPlan<SignalAction>,
  ...looks: readonly LockNow[]
): Promise<{ readonly result: ActionResult; readonly sentTo: readonly number[] }> {
  const sentTo: number[] = [];
  let at = 0;
  const result = await commitSignal(
    plan,
    {
      look: (claimId) => {
        const now = looks[Math.min(at, looks.length - 1)] ?? NOT_HELD;
        at += 1;
        if (now.kind === 'held') expect(claimId).toBe(claimIdOf(now.lock, now.claim.resource));
        return now;
      },
      onSent: ({ identity }) => sentTo.push(identity.pid),
    },
    new AbortController().signal,
  );
  return { result, sentTo };
}

const sleeper = (): Program => startProgram('sleep', ['30']);

function isRunning({ child }: Program): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function ended(program: Program): Promise<void> {
  await expect.poll(() => isRunning(program), { timeout: 5_000, interval: 5 }).toBe(false);
}

describe.skipIf(!canSignal)('what is known of a lock while its holder is signalled', () => {
  it('is looked at before anybody is held: one that came between two looks of the approved one is not signalled', async () => {
    const [approved, other] = [sleeper(), sleeper()];
    // Both began in the same tick of the kernel's clock.
    const [was, came] = [held(processOf(approved.pid, 5)), held(processOf(other.pid, 5))];
    const { result, sentTo } = await commit(planFor(was), came, was);
    expect(result.kind).toBe('conflict');
    expect(sentTo).toEqual([]);
    expect([isRunning(approved), isRunning(other)]).toEqual([true, true]);
  });

  it('signals nobody when the list of the kernel cannot be read, and does not say that the lock is free', async () => {
    const holder = sleeper();
    const was = held(processOf(holder.pid, 5));
    const failed: ActionResult = {
      kind: 'failed',
      error: `Whether that lock is held is not known: ${UNREADABLE}. Nobody was signalled.`,
    };
    expect(await commit(planFor(was), NOT_KNOWN)).toEqual({ result: failed, sentTo: [] });
    expect(await commit(planFor(was), was, NOT_KNOWN)).toEqual({ result: failed, sentTo: [] });
    expect(isRunning(holder)).toBe(true);
    expect((await commit(planFor(was), NOT_HELD)).result.kind).toBe('conflict');
  });

  it('says that it is not known whether the lock is gone when the list cannot be read after the signal', async () => {
    const holder = sleeper();
    const was = held(processOf(holder.pid, 5));
    const pid = holder.pid.toString();
    const { result, sentTo } = await commit(planFor(was), was, was, NOT_KNOWN);
    expect(result).toEqual({
      kind: 'done',
      message: `Process ${pid} was told to end. Whether the lock is gone is not known.`,
      written: [],
      warnings: ["The kernel's list of locks cannot be read: too many files are open (EMFILE)."],
    });
    expect(sentTo).toEqual([holder.pid]);
    await ended(holder);
  });

  it('asks again until the list can be read', async () => {
    const holder = sleeper();
    const was = held(processOf(holder.pid, 5));
    const { result } = await commit(planFor(was), was, was, NOT_KNOWN, NOT_KNOWN, NOT_HELD);
    expect(result).toMatchObject({ message: expect.stringMatching(/was told to end\. The lock is gone\.$/) as string });
    await ended(holder);
  });

  it('calls a lock gone that was listed and had nobody any more for some looks, and then was not listed', async () => {
    const holder = sleeper();
    const was = held(processOf(holder.pid, 5));
    const { result } = await commit(planFor(was), was, was, held(), held(), NOT_HELD);
    expect(result).toMatchObject({ message: expect.stringMatching(/The lock is gone\.$/) as string, warnings: [] });
    await ended(holder);
  });

  it('says that somebody has it who is not seen only when that is so for as long as it is looked', async () => {
    const holder = sleeper();
    const was = held(processOf(holder.pid, 5));
    const { result } = await commit(planFor(was), was, was, held(), was, held(), held());
    expect(result).toEqual({
      kind: 'done',
      message: `Process ${holder.pid.toString()} was told to end, and it has the lock no longer.`,
      written: [],
      warnings: ['The lock is still held, by somebody who is not seen.'],
    });
    await ended(holder);
  });

  it('says of each process that is not signalled why', () => {
    const reasonOf = (pid: number): string | null => whyNotSignalled(held(processOf(pid, 5)).lock);
    expect(reasonOf(process.pid)).toBe('Lockscope does not signal itself.');
    expect(reasonOf(process.ppid)).toBe(
      'Its holder is the process that started Lockscope, which is not signalled from here.',
    );
    expect(reasonOf(1)).toBe('The first process of a system is never signalled.');
    expect(whyNotSignalled(held().lock)).toBe('Who holds this lock is not seen, so nobody can be signalled.');
  });
});
