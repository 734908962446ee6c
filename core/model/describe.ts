import { assertNever } from './assert-never';
import type { AuditAction } from './claim';
import type { Evidence, KernelLockKind } from './evidence';
import type { ClaimFlag } from './flags';
import type { Instant } from './time';
import type { TransitionKind } from './transition';
import type { Verdict } from './verdict';

/** A fact in words: a headline for the operator, and where it comes from. */
export interface EvidenceWords {
  readonly headline: string;
  readonly detail: string;
}

/** `4 m`, `1 h 04 m`, `2 d 3 h`, `12 s`, `1.5 s`: a length of time, two units at most. `ms` may not be negative. */
export function formatDuration(ms: number): string {
  const s = ms / 1000;
  if (s < 10) return `${(Math.floor(s * 10) / 10).toString()} s`;
  if (s < 60) return `${Math.floor(s).toString()} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return m < 10 ? `${m.toString()} m ${pad(Math.floor(s % 60))} s` : `${m.toString()} m`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h.toString()} h ${pad(m % 60)} m`;
  const d = Math.floor(h / 24);
  if (d < 365) return `${d.toString()} d ${(h % 24).toString()} h`;
  return `${Math.floor(d / 365.25).toString()} years`;
}

function pad(n: number): string {
  return n.toString().padStart(2, '0');
}

function ago(instant: Instant, asOfMs: number): string {
  const ms = asOfMs - instant.ms;
  return ms < 0 ? `in ${formatDuration(-ms)}` : `${formatDuration(ms)} ago`;
}

/** What a fact means at `asOfMs` (unix ms), in sentences without a full stop. */
export function describeEvidence(e: Evidence, asOfMs: number): EvidenceWords {
  switch (e.kind) {
    case 'lease-runs':
      return { headline: `Lease ends ${ago(e.until, asOfMs)}`, detail: `until ${e.until.text}, says ${e.from}` };
    case 'lease-over':
      return { headline: `Lease ended ${ago(e.since, asOfMs)}`, detail: `at ${e.since.text}, says ${e.from}` };
    case 'no-lease':
      return { headline: 'It does not end by itself', detail: `${e.from} names no time at which it expires` };
    case 'extension-may-be-unrecorded':
      return {
        headline: 'An extension may be unrecorded',
        detail: 'extend-claim of this program reports success and writes no event',
      };
    case 'owner-may-go-on':
      return {
        headline: 'Its owner may still work on it',
        detail: 'this program lets an owner refine, refresh and release after the lease ended',
      };
    case 'holder-alive':
      return { headline: `Process ${e.process.pid.toString()} runs`, detail: 'on this host, started before the claim' };
    case 'holder-gone':
      return {
        headline:
          e.how === 'rebooted' ? 'The machine was restarted since' : `Process ${e.process.pid.toString()} ended`,
        detail: holderGoneDetail(e.how),
      };
    case 'holder-outlived-lease':
      return {
        headline: 'Zombie holder: still there after losing its lease',
        detail: `process ${e.process.pid.toString()} runs and may go on writing`,
      };
    case 'claim-outlives-process':
      return {
        headline: 'Its process ended, which proves nothing here',
        detail: "this program's command line ends while its claim goes on",
      };
    case 'ghost-lease':
      return {
        headline: 'Ghost lease: nobody seems to work under it',
        detail:
          e.why === 'task-finished'
            ? 'the task is finished, and its lease still runs'
            : 'its process is gone: a command line that claimed on purpose, or a claim that was reported as failed and dropped',
      };
    case 'task-status':
      return { headline: `The task is ${e.status}`, detail: 'says the status of the task' };
    case 'never-expires-unseen':
      return {
        headline: 'Its own tools do not see this claim',
        detail: 'it names a holder and no end of a lease; they take the task for free',
      };
    case 'long-over':
      return {
        headline: `Over for more than ${formatDuration(e.afterMs)}`,
        detail: 'its own tools call such a lease stale',
      };
    case 'kernel-lists':
      return {
        headline: 'The kernel lists this lock: it is held',
        detail: `${KERNEL_LOCK_WORDS[e.lock]}, ${e.access === 'write' ? 'exclusive' : 'shared'}, bytes ${e.range}`,
      };
    case 'holds-descriptor':
      return {
        headline: `Process ${e.pid.toString()} has it${e.user === null ? '' : `, of user ${e.user}`}`,
        detail: `through descriptor ${e.fd.toString()}: ${e.command}${e.startedAt === null ? '' : `; runs since ${e.startedAt.text}`}`,
      };
    case 'holder-not-seen':
      return { headline: 'Held, by whom is not seen', detail: notSeenDetail(e.why, e.pid) };
    case 'task-lock-file':
      return {
        headline: taskLockHeadline(e.agrees),
        detail: `the kernel lists a lock on ${e.file}${e.pid === null ? ', whose holder is not seen' : `, held by process ${e.pid.toString()}`}`,
      };
    case 'held-twice':
      return { headline: 'Two holders at once', detail: e.other };
    case 'holder-unknowable':
      return { headline: 'Whether the holder is alive cannot be known here', detail: unknowableDetail(e.why) };
    case 'lock-held-since':
      return {
        headline: `Held for ${formatDuration(Math.max(0, asOfMs - e.since.ms))}`,
        detail:
          e.from === 'record'
            ? `since ${e.since.text}, says the lock file`
            : `since ${e.since.text}, by the time of the file`,
      };
    case 'lock-presumed-stale':
      return {
        headline: 'Held far longer than a write takes',
        detail: `writers hold it for milliseconds; after ${formatDuration(e.afterMs)} it is presumed stale, not proven`,
      };
    case 'record-incomplete':
      return {
        headline: 'Held, holder not known yet',
        detail:
          e.what === 'not readable by this user' ? 'the lock is not readable by this user' : `the lock is ${e.what}`,
      };
    case 'temp-file-beside':
      return {
        headline: `An unfinished event lies beside it`,
        detail: `${e.name}, written ${ago(e.writtenAt, asOfMs)}`,
      };
    case 'no-temp-file-beside':
      return { headline: 'No unfinished event beside it', detail: 'no temp file in the ledger folder' };
    case 'ledger-grew-since':
      return {
        headline: `The ledger grew by ${e.events.toString()} ${e.events === 1 ? 'event' : 'events'} since`,
        detail: 'somebody wrote after this lock was taken',
      };
    case 'ledger-did-not-grow-since':
      return { headline: 'The ledger did not grow since', detail: 'no event is newer than the lock' };
    case 'process-nearby':
      return {
        headline: `Process ${e.pid.toString()} is at this proof`,
        detail: `${e.command} (by its ${e.how})`,
      };
    case 'no-process-nearby':
      return {
        headline: 'No process of this host is at this proof',
        detail: 'none has it as working directory or on its command line; other hosts are not seen',
      };
    case 'nearby-not-seen':
      return {
        headline: 'Whether a process is at this proof is not known',
        detail:
          e.hidden === null
            ? 'this system does not show the processes of others'
            : `where ${e.hidden.toString()} ${e.hidden === 1 ? 'process' : 'processes'} of other users work cannot be seen`,
      };
    case 'lock-file-agrees':
      return { headline: 'A lock file names the same owner', detail: `${e.file}, until ${e.expiresAt.text}` };
    case 'lock-file-differs':
      return {
        headline: `A lock file names ${e.owner === '' ? 'nobody' : e.owner}`,
        detail: `${e.file}, until ${e.expiresAt.text}; it does not agree with the ledger`,
      };
    case 'only-in-lock-file':
      return { headline: 'The ledger has no such claim', detail: `only ${e.file} names it` };
    case 'taken-in-the-future':
      return {
        headline: `Taken ${formatDuration(e.aheadMs)} in the future`,
        detail: `at ${e.at.text}: the clock that wrote it is ahead of this one`,
      };
    case 'shown-up-to':
      return {
        headline: `Shown as of event #${e.sequence.toString()}`,
        detail: 'what was written after it cannot be read, so the claim may have changed',
      };
    case 'source-out-of-reach':
      return { headline: 'The source is out of reach', detail: `${e.why}; last read ${ago(e.since, asOfMs)}` };
    default:
      return assertNever(e);
  }
}

function holderGoneDetail(how: 'ended' | 'pid-reused' | 'rebooted'): string {
  switch (how) {
    case 'ended':
      return 'no such process on this host';
    case 'pid-reused':
      return 'its number now belongs to a process that started after the claim';
    case 'rebooted':
      return 'the claim was taken before this boot';
    default:
      return assertNever(how);
  }
}

/** How a kernel lock was taken, in words. */
const KERNEL_LOCK_WORDS: Record<KernelLockKind, string> = {
  FLOCK: 'taken with flock',
  POSIX: 'taken with fcntl',
  OFDLCK: 'taken with fcntl for an open file',
};

function taskLockHeadline(agrees: boolean | null): string {
  if (agrees === null) return 'The file lock of this task is held';
  return agrees
    ? 'The same process holds the file lock of this task'
    : 'Another process holds the file lock of this task';
}

function notSeenDetail(
  why: 'taker-ended' | 'names-nobody' | 'other-namespace' | 'not-permitted',
  pid: number | null,
): string {
  const named = pid === null ? 'a process' : `process ${pid.toString()}`;
  switch (why) {
    case 'taker-ended':
      return `${named} took it and is gone; another process that it shared its file with has it still`;
    case 'names-nobody':
      return 'the kernel names nobody for it, and no process that can be seen here has it';
    case 'other-namespace':
      return 'it was taken in another process namespace';
    case 'not-permitted':
      return `this user may not look at ${pid === null ? 'the processes of others' : named}`;
    default:
      return assertNever(why);
  }
}

function unknowableDetail(why: Extract<Evidence, { kind: 'holder-unknowable' }>['why']): string {
  switch (why) {
    case 'names-no-host':
      return 'its name does not say on which host it runs';
    case 'says-not-when':
      return 'the record does not say when it was taken, so a process that has its number now may be another';
    case 'started-about-then':
      return 'a process of its number started about when the claim was taken: clocks do not tell which came first';
    case 'names-no-process':
      return 'no record names its process';
    case 'other-host':
      return 'it was taken on another host';
    case 'not-permitted':
      return 'this user may not look at the process';
    case 'other-namespace':
      return 'it was taken in another process namespace';
    default:
      return assertNever(why);
  }
}

const FLAG_WORDS: Record<ClaimFlag, string> = {
  'two-holders': 'Two holders',
  'zombie-holder': 'Zombie holder',
  'ghost-lease': 'Ghost lease',
};

export function flagWord(flag: ClaimFlag): string {
  return FLAG_WORDS[flag];
}

const VERDICT_WORDS: Record<Verdict, string> = {
  live: 'Live',
  expiring: 'Expiring',
  expired: 'Expired',
  abandoned: 'Abandoned',
  unknown: 'Unknown',
};

export function verdictWord(verdict: Verdict): string {
  return VERDICT_WORDS[verdict];
}

/** What to say of a claim that its protocol gives no action for, and what an operator can do all the same. */
export const NO_SAFE_ACTION =
  'Lockscope has no safe way to end this claim. When it is certain that its holder is gone, remove its record by hand.';

const ACTION_WORDS: Record<AuditAction, string> = {
  release: 'Release',
  reap: 'Reap',
  'force-release': 'Force-release',
  terminate: 'Terminate holder',
  kill: 'Kill holder',
  mend: 'Mend',
  undo: 'Undo',
};

export function actionWord(action: AuditAction): string {
  return ACTION_WORDS[action];
}

const TRANSITION_WORDS: Record<TransitionKind, string> = {
  taken: 'Claimed',
  extended: 'Extended',
  released: 'Released',
  reaped: 'Reaped',
  expired: 'Lease ended',
  'holder-died': 'Holder ended',
  dropped: 'Dropped by a repeated node',
};

export function transitionWord(kind: TransitionKind): string {
  return TRANSITION_WORDS[kind];
}
