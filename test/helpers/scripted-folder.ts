import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import {
  type ActionResult,
  type Claim,
  type Finding,
  instantFromMs,
  type PlanOutcome,
  type SourceDescription,
} from '../../core/model';
import type { ProtocolPort, RawRecord, Reading, ReadOptions, Source } from '../../core/port';

/**
 * What goes wrong in a call: `hang` keeps the thread until there is a file `go`; `pipe` until somebody opens the pipe
 * `pipe` for writing, in a call of the system that nothing can end; `exit` ends the thread; `memory` uses it up;
 * `throw` breaks the thread in a callback of the source.
 */
export type Trouble = 'hang' | 'pipe' | 'exit' | 'memory' | 'throw';

export interface Script {
  /** How many claims it has; those of 1,000 changes each hold `at` in their title. */
  readonly claims?: number;
  readonly findings?: number;
  /** Claims whose number is below this are left out. */
  readonly from?: number;
  readonly at?: number;
  readonly on?: Readonly<
    Partial<Record<'recognise' | 'open' | 'read' | 'record' | 'plan' | 'commit' | 'watch' | 'timer', Trouble>>
  >;
  readonly noWatch?: boolean;
  /** Leaves a file `closed` when it is closed. */
  readonly tellsClosed?: boolean;
}

const SCRIPT = 'script.json';

/** Makes a folder that does what its script says, or gives it another script. */
export function scriptFolder(folder: string, script: Script): string {
  mkdirSync(folder, { recursive: true });
  const aside = path.join(folder, '.aside');
  writeFileSync(aside, JSON.stringify(script));
  renameSync(aside, path.join(folder, SCRIPT));
  return folder;
}

/** A protocol whose sources do what a file in their folder says: any number of claims, and any trouble. */
export const scriptedProtocol: ProtocolPort = {
  protocol: 'scripted',
  recognise: (folder) => {
    if (!existsSync(path.join(folder, SCRIPT))) return Promise.resolve(null);
    makeTrouble(folder, 'recognise');
    return Promise.resolve(folder);
  },
  open: (folder) => new ScriptedFolder(folder),
};

function scriptOf(folder: string): Script {
  return JSON.parse(readFileSync(path.join(folder, SCRIPT), 'utf8')) as Script;
}

function makeTrouble(folder: string, when: keyof NonNullable<Script['on']>): void {
  const trouble = scriptOf(folder).on?.[when];
  if (trouble === 'hang') {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(path.join(folder, 'go'))) Atomics.wait(cell, 0, 0, 20);
  }
  if (trouble === 'pipe') readFileSync(path.join(folder, 'pipe'));
  if (trouble === 'exit') process.exit(3);
  if (trouble === 'memory') {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(1_000).fill({ at: kept.length }));
  }
  if (trouble === 'throw') {
    setTimeout(() => {
      throw new Error('a source of this thread is broken');
    }, 1);
  }
}

class ScriptedFolder implements Source {
  readonly description: SourceDescription;
  readonly #folder: string;
  readonly #tellsClosed: boolean;
  #isFirst = true;

  constructor(folder: string) {
    this.#folder = folder;
    this.description = { protocol: 'scripted', title: path.basename(folder), path: folder };
    makeTrouble(folder, 'open');
    this.#tellsClosed = scriptOf(folder).tellsClosed === true;
  }

  async read({ onProgress, fresh }: ReadOptions): Promise<Reading> {
    makeTrouble(this.#folder, 'read');
    // A promise of its own, so that a broken callback has its turn.
    await new Promise((resolve) => setTimeout(resolve, 5));
    onProgress?.(1, 2);
    const script = scriptOf(this.#folder);
    const { claims = 0, findings = 0, from = 0, at = 0 } = script;
    const reset = this.#isFirst || fresh === true;
    this.#isFirst = false;
    const numbers = Array.from({ length: claims - from }, (_, i) => from + i);
    return {
      observedAtMs: Date.now(),
      reset: true,
      upserted: numbers.map((number) => claimOf(number, at)),
      removed: [],
      transitions: [],
      findings: Array.from({ length: findings }, (_, i) => findingOf(i)),
      status: { kind: 'readable' },
      head: at,
      note: reset ? 'first' : 'later',
    };
  }

  watch(hint: () => void): () => void {
    if (scriptOf(this.#folder).noWatch === true) throw new Error('nobody may watch here');
    makeTrouble(this.#folder, 'watch');
    const watcher: FSWatcher = watch(this.#folder, hint);
    const timer = setInterval(() => makeTrouble(this.#folder, 'timer'), 50);
    return () => {
      watcher.close();
      clearInterval(timer);
    };
  }

  /** Tells on which thread it lives. */
  record(claimId: string): Promise<RawRecord | null> {
    makeTrouble(this.#folder, 'record');
    const { ino } = statSync(this.#folder);
    return Promise.resolve({
      label: claimId,
      text: `thread ${threadId.toString()} inode ${ino.toString()}`,
      cut: false,
    });
  }

  plan(): Promise<PlanOutcome> {
    makeTrouble(this.#folder, 'plan');
    const claim = claimOf(0, 0);
    return Promise.resolve({
      kind: 'planned',
      plan: {
        id: 'scripted',
        action: 'reap',
        claims: [
          { claimId: claim.id, seen: claim.seen, resource: '0', holder: 'ada', verdict: 'expired', evidence: [] },
        ],
        actAs: null,
        resource: claim.resource,
        holder: 'ada',
        seen: claim.seen,
        verdict: 'expired',
        evidence: [],
        consequence: 'It ends.',
        writes: [],
        undo: 'It cannot be undone.',
        warnings: [],
        needs: { reason: false, confirmation: null },
      },
    });
  }

  commit(): Promise<ActionResult> {
    makeTrouble(this.#folder, 'commit');
    return Promise.resolve({ kind: 'done', message: 'It is done.', written: [], warnings: [] });
  }

  close(): void {
    if (this.#tellsClosed) writeFileSync(path.join(this.#folder, 'closed'), '');
  }
}

function claimOf(number: number, at: number): Claim {
  return {
    id: number.toString(),
    protocol: 'scripted',
    kind: 'file',
    resource: number.toString(),
    title: `at ${(number % 1_000 === 0 ? at : 0).toString()}`,
    holder: { name: `agent-${(number % 97).toString()}`, process: null },
    acquiredAt: instantFromMs(1_000_000 + number),
    lease: { kind: 'until', expiresAt: instantFromMs(2_000_000 + number), toleranceMs: 0 },
    evidence: [{ kind: 'extension-may-be-unrecorded' }],
    seen: `seen ${number.toString()}`,
    recordLabel: `#${number.toString()}`,
    possibleActions: ['reap', 'release', 'force-release'],
  };
}

function findingOf(number: number): Finding {
  return { code: 'scripted', severity: 'warning', message: `Finding ${number.toString()}.`, at: number, file: null };
}
