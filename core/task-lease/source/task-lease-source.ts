import { basename, join } from 'node:path';
import type { Host } from '../../host/host';
import {
  type ActionRequest,
  type ActionResult,
  type Claim,
  type Finding,
  instantFromMs,
  isEnding,
  type Plan,
  type PlanOutcome,
  type SourceDescription,
  type SourceStatus,
  type Transition,
} from '../../model';
import type { RawRecord, Reading, ReadOptions, Source } from '../../port';
import type { DatabaseAnswers, DatabaseRequest, LeaseRow } from '../database/messages';
import { NoAnswer } from '../database-processes';
import { keyOfCell, leaseKey, textOf } from './cells';
import { commitEnding } from './commit-ending';
import { Holders } from './holders';
import { changesOf, endOfClaim, LeaseChanges } from './lease-changes';
import { leaseFindings } from './lease-findings';
import { borrowProcesses } from './lent-processes';
import { type ActionGround, planEnding } from './plan-ending';
import { type Looked, lookedAt, unanswered } from './read-state';
import { claimIdOf, taskClaim } from './task-claim';
import { TaskLocks, twiceHeldFindings } from './task-locks';
import { DatabaseWatch } from './watch-database';

export const DATABASE = join('.todo2', 'todo2.db');
/** After SQLite broke on a database it is not tried again for this long, in ms. */
const REST_AFTER_BREAK_MS = 5_000;
const LONGEST_RECORD = 64 * 1024;
/** Of so many claims that ended at once it is asked how. */
const MOST_ENDS_ASKED = 500;

/** A claim as it was told, and the row that it was made of. */
interface Told {
  readonly claim: Claim;
  readonly row: LeaseRow;
  readonly key: string;
}

type Ask = <K extends DatabaseRequest['kind']>(
  request: Extract<DatabaseRequest, { readonly kind: K }>,
) => Promise<DatabaseAnswers[K]>;

/** The task leases of one project: the rows of `.todo2/todo2.db` that have a holder. Opens no file of the database itself. */
export class TaskLeaseSource implements Source {
  readonly description: SourceDescription;
  readonly #host: Host;
  readonly #path: string;
  readonly #lent: ReturnType<typeof borrowProcesses> | null;
  readonly #holders: Holders;
  readonly #changes = new LeaseChanges();
  readonly #locks: TaskLocks;
  #told = new Map<string, Told>();
  /** The last picture that was read whole; null before the first one. */
  #read: Extract<Looked, { kind: 'read' }> | null = null;
  #findings: readonly Finding[] = [];
  #reachedAtMs: number;
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #broken: Looked | null = null;
  #watch: DatabaseWatch | null = null;
  #isClosed = false;

  /** @param folder the project, absolute, links resolved */
  constructor(folder: string, host: Host) {
    this.description = { protocol: 'task-lease', title: basename(folder), path: folder };
    this.#host = host;
    this.#path = join(folder, DATABASE);
    this.#lent = host.databaseProcess === undefined ? null : borrowProcesses(host.databaseProcess);
    this.#holders = new Holders(host);
    this.#locks = new TaskLocks(folder, host);
    this.#reachedAtMs = host.clock.nowMs();
  }

  async read({ signal, fresh = false }: ReadOptions): Promise<Reading> {
    signal.throwIfAborted();
    this.#watch?.begin();
    const restMs = Math.max(0, this.#restsUntilMs - performance.now());
    const looked = await this.#look().catch((error: unknown) => {
      // Whatever went wrong, the next change is heard.
      this.#watch?.end(null, 0);
      throw error;
    });
    if (signal.aborted) this.#watch?.end(null, looked.cpuMs);
    // What is told from here on counts as heard.
    signal.throwIfAborted();
    const isFirst = this.#read === null;
    const observedAtMs = this.#host.clock.nowMs();
    if (looked.kind === 'read') {
      this.#read = looked;
      this.#reachedAtMs = observedAtMs;
      this.#findings = leaseFindings(looked);
      this.#holders.keep(looked.rows);
    }
    this.#holders.lookAgain();
    this.#locks.lookNowAndThen();
    const changed = await this.#tell(looked, isFirst, observedAtMs);
    const files = looked.kind === 'read' ? looked.files : looked.how === 'later' ? null : 'failed';
    // What was not looked at is, when the rest is over.
    if (restMs > 0) this.#watch?.end(null, 0, restMs);
    else this.#watch?.end(files, looked.cpuMs);
    return {
      observedAtMs,
      reset: isFirst || fresh,
      ...changed,
      ...(fresh ? { upserted: [...this.#told.values()].map(({ claim }) => claim), removed: [], transitions: [] } : {}),
      findings: [...this.#findings, ...twiceHeldFindings([...this.#told.values()].map(({ claim }) => claim))],
      status: this.#status(looked),
      head: null,
      note: noteOf(this.#read),
      ...(this.#watch === null ? {} : { watch: this.#watch.mode }),
    };
  }

  watch(hint: () => void): () => void {
    const watch = new DatabaseWatch(this.#path, {
      onChange: hint,
      onLook: () => {
        if ([this.#holders.look(), this.#locks.look()].includes(true)) hint();
      },
    });
    this.#watch = watch;
    return () => {
      watch.stop();
      if (this.#watch === watch) this.#watch = null;
    };
  }

  async record(claimId: string): Promise<RawRecord | null> {
    const told = this.#told.get(claimId);
    if (told === undefined) return null;
    const row = await this.#ask({ kind: 'row', path: this.#path, id: told.row.id }).catch(() => null);
    if (row === null) return null;
    const text = row.map(({ column, value }) => `${column} = ${value}`).join('\n');
    return {
      label: `tasks, the row of ${textOf(told.row.id)}`,
      text: text.slice(0, LONGEST_RECORD),
      cut: text.length > LONGEST_RECORD,
    };
  }

  history(claimId: string, limit: number): Promise<readonly Transition[]> {
    return Promise.resolve(this.#changes.newest(claimId, limit));
  }

  async plan(request: ActionRequest): Promise<PlanOutcome> {
    if (!isEnding(request)) return { kind: 'refused', reasons: ['A task lease has no such action.'] };
    return planEnding(await this.#ground(), request);
  }

  async commit(
    plan: Plan,
    { signal }: { readonly reason: string | null; readonly signal: AbortSignal },
  ): Promise<ActionResult> {
    if (!isEnding(plan)) return { kind: 'refused', reasons: ['A task lease has no such action.'] };
    const ground = await this.#ground();
    if (signal.aborted) {
      return { kind: 'refused', reasons: ['It was given up before anything was changed. Nothing was written.'] };
    }
    return commitEnding(ground, plan);
  }

  close(): void {
    this.#isClosed = true;
    this.#watch?.stop();
    this.#watch = null;
    this.#locks.close();
    this.#lent?.giveBack();
  }

  readonly #ask: Ask = (request) => {
    if (this.#lent === null) {
      return Promise.reject(
        new NoAnswer('Lockscope was started without the program that opens databases', 'not-started', false),
      );
    }
    return this.#lent.processes.ask(request);
  };

  /** The database as it is now. A file that breaks SQLite is not tried again at once. */
  async #look(): Promise<Looked> {
    if (this.#lent === null) {
      const reason = 'Its database cannot be read: Lockscope was started without the program that opens databases.';
      return { kind: 'not-read', how: 'unclear', reason, cpuMs: 0 };
    }
    if (this.#broken !== null && performance.now() < this.#restsUntilMs) return this.#broken;
    this.#broken = null;
    try {
      return lookedAt(await this.#ask({ kind: 'read', path: this.#path }));
    } catch (error) {
      const looked = unanswered(error);
      this.#broken = looked;
      this.#restsUntilMs = performance.now() + REST_AFTER_BREAK_MS;
      return looked;
    }
  }

  async #ground(): Promise<ActionGround> {
    const looked = await this.#look();
    if (looked.kind === 'read') this.#holders.keep(looked.rows);
    this.#holders.look();
    this.#locks.look();
    return {
      looked,
      host: this.#host,
      path: this.#path,
      claimOf: (row) => this.#claimOf(row, looked.kind === 'read' && looked.against !== null),
      end: (ending, isTrial) => this.#ask({ kind: 'end', path: this.#path, ending, isTrial }),
      lookAgain: () => this.#look(),
    };
  }

  #claimOf(row: LeaseRow, against: boolean): Claim {
    const claim = taskClaim(row, this.#holders.of(row), against);
    const locked = this.#locks.evidenceFor(claim.resource, claim);
    return locked.length === 0 ? claim : { ...claim, evidence: [...claim.evidence, ...locked] };
  }

  /** What is new since it was last told. */
  async #tell(
    looked: Looked,
    isFirst: boolean,
    nowMs: number,
  ): Promise<Pick<Reading, 'upserted' | 'removed' | 'transitions'>> {
    const against = this.#read !== null && this.#read.against !== null;
    const rows = looked.kind === 'read' ? looked.rows : [...this.#told.values()].map(({ row }) => row);
    const told = new Map<string, Told>();
    const upserted: Claim[] = [];
    const transitions: Transition[] = [];
    for (const row of rows) {
      const id = claimIdOf(row);
      const look = this.#holders.of(row);
      const key = `${leaseKey(row)}|${keyOfCell(row.name)}|${keyOfCell(row.status)}|${keyOfCell(row.version)}|${JSON.stringify([look?.state, look?.wasAtWork, against])}|${this.#locks.keyOf(textOf(row.id))}`;
      const before = this.#told.get(id) ?? null;
      if (before?.key === key) {
        told.set(id, before);
        continue;
      }
      const claim = this.#claimOf(row, against);
      told.set(id, { claim, row, key });
      upserted.push(claim);
      if (!isFirst) transitions.push(...changesOf(before?.claim ?? null, claim, nowMs));
    }
    const ended = [...this.#told].filter(([id]) => !told.has(id));
    transitions.push(
      ...(await this.#endsOf(
        ended.map(([, each]) => each),
        nowMs,
      )),
    );
    this.#told = told;
    this.#changes.keep(transitions);
    return { upserted, removed: ended.map(([id]) => id), transitions };
  }

  /** How claims ended that are not there any more. */
  async #endsOf(ended: readonly Told[], nowMs: number): Promise<readonly Transition[]> {
    if (ended.length === 0 || this.#isClosed) return [];
    const ids = ended.slice(0, MOST_ENDS_ASKED).map(({ row }) => row.id);
    const statuses = await this.#ask({ kind: 'statuses', path: this.#path, ids }).catch(() => []);
    return ended.map(({ claim, row }, at) => endOfClaim(claim, textOf(row.status), statuses[at] ?? null, nowMs));
  }

  #status(looked: Looked): SourceStatus {
    if (looked.kind === 'read') return { kind: 'readable' };
    const { how, reason } = looked;
    // What was last seen is shown, and that nobody knows whether it still is so.
    const outOfReach: SourceStatus = { kind: 'out-of-reach', since: instantFromMs(this.#reachedAtMs), reason };
    if (how === 'away' || how === 'later' || this.#told.size > 0) return outOfReach;
    return how === 'broken' ? { kind: 'unreadable', at: null, reason } : { kind: 'undecided', reason };
  }
}

/** How it was read, in a few words. */
function noteOf(read: Extract<Looked, { kind: 'read' }> | null): string | null {
  if (read === null) return null;
  const journal = read.journal === 'wal' ? 'WAL' : 'rollback journal';
  return read.missing.includes('assignee') ? `${journal}, no lease columns` : journal;
}
