import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../core/host/host';
import {
  type ActionRequest,
  type ActionResult,
  actionsFor,
  allEvidence,
  type Claim,
  type ClaimAction,
  type Finding,
  type Instant,
  instantFromMs,
  judge,
  type LeaseBands,
  type Plan,
  type PlanOutcome,
  type ProcessIdentity,
  type SourceDescription,
  type SourceStatus,
  type Transition,
} from '../../core/model';
import type { ProtocolPort, RawRecord, Reading, Source } from '../../core/port';

/**
 * A small real protocol to try the inspector with: a folder marked by `.claims` holds one JSON file a claim.
 * A file `broken` makes the folder unreadable for its own tools; its content is the number of the bad event.
 */
export interface ClaimFile {
  readonly holder: string | null;
  readonly acquiredAtMs: number;
  /** Null for a claim that does not end by itself. */
  readonly expiresAtMs: number | null;
  readonly process?: ProcessIdentity;
  readonly bands?: LeaseBands;
}

/** Makes an empty claim folder, with the folders above it. */
export async function makeClaimFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, '.claims'), '');
  return folder;
}

/** Writes a claim in one step, as a careful program does. */
export async function putClaim(folder: string, resource: string, claim: ClaimFile): Promise<void> {
  const temp = path.join(folder, `.${resource}.tmp`);
  await writeFile(temp, JSON.stringify(claim));
  await rename(temp, path.join(folder, `${resource}.claim`));
}

export async function dropClaim(folder: string, resource: string): Promise<void> {
  await unlink(path.join(folder, `${resource}.claim`));
}

export interface ClaimFolderOptions {
  /** Called right before a commit removes the file, while the source is the commit's own. */
  readonly beforeCommit?: (folder: string) => Promise<void>;
  /** Called before each reading; may throw, to be a port that breaks its promise. */
  readonly beforeRead?: (signal: AbortSignal) => Promise<void>;
  readonly watch?: boolean;
  /** The thresholds of this protocol's own tools, which its claims carry. */
  readonly bands?: LeaseBands;
  readonly mayHoldOthers?: true;
}

/** What the tests count of a port at work. */
export interface ClaimFolderProtocol extends ProtocolPort {
  readonly counts: { reads: number; fresh: number; open: number; watching: number; commits: number; most: number };
}

export function claimFolderProtocol(options: ClaimFolderOptions = {}): ClaimFolderProtocol {
  const counts = { reads: 0, fresh: 0, open: 0, watching: 0, commits: 0, most: 0 };
  return {
    protocol: 'claim-folder',
    ...(options.bands === undefined ? {} : { bands: options.bands }),
    ...(options.mayHoldOthers === undefined ? {} : { mayHoldOthers: options.mayHoldOthers }),
    counts,
    recognise: async (folder) => {
      const isMarked = await stat(path.join(folder, '.claims')).then(
        (stats) => stats.isFile(),
        () => false,
      );
      return isMarked ? folder : null;
    },
    open: (folder, host) => new ClaimFolder(folder, host, options, counts),
  };
}

class ClaimFolder implements Source {
  readonly description: SourceDescription;
  readonly #folder: string;
  readonly #host: Host;
  readonly #options: ClaimFolderOptions;
  readonly #counts: ClaimFolderProtocol['counts'];
  #known = new Map<string, Claim>();
  readonly #past: Transition[] = [];
  #head = 0;
  #lastReadMs = 0;
  #isFirst = true;
  #calls = 0;

  constructor(folder: string, host: Host, options: ClaimFolderOptions, counts: ClaimFolderProtocol['counts']) {
    this.#folder = folder;
    this.#host = host;
    this.#options = options;
    this.#counts = counts;
    this.description = { protocol: 'claim-folder', title: path.basename(folder), path: folder };
    counts.open += 1;
  }

  read({ signal, fresh }: { signal: AbortSignal; fresh?: boolean }): Promise<Reading> {
    return this.#alone(async () => {
      this.#counts.reads += 1;
      if (fresh === true) this.#counts.fresh += 1;
      await this.#options.beforeRead?.(signal);
      const observedAtMs = this.#host.clock.nowMs();
      const reset = this.#isFirst || fresh === true;
      const found = await this.#list().catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown');
      if (typeof found === 'string') {
        const since = instantFromMs(this.#lastReadMs === 0 ? observedAtMs : this.#lastReadMs);
        const status: SourceStatus = { kind: 'out-of-reach', since, reason: `The folder cannot be listed (${found}).` };
        return { ...NOTHING_NEW, observedAtMs, status, head: this.#head };
      }
      const { claims, findings, status } = found;
      const upserted = [...claims.values()].filter((claim) => reset || this.#known.get(claim.id)?.seen !== claim.seen);
      const removed = [...this.#known.keys()].filter((id) => !claims.has(id));
      const transitions: Transition[] = [];
      for (const claim of upserted)
        transitions.push(this.#transition(claim, this.#known.has(claim.id), claim.acquiredAt));
      for (const id of removed) {
        const claim = this.#known.get(id)!;
        transitions.push({
          ...this.#transition(claim, true, instantFromMs(observedAtMs)),
          kind: 'released',
          until: null,
        });
      }
      this.#past.push(...transitions);
      this.#known = claims;
      this.#isFirst = false;
      this.#lastReadMs = observedAtMs;
      const head = this.#head;
      return {
        observedAtMs,
        reset,
        upserted,
        removed: reset ? [] : removed,
        transitions: reset ? [] : transitions,
        findings,
        status,
        head,
        note: 'files',
      };
    });
  }

  watch(hint: () => void): () => void {
    if (this.#options.watch === false) throw new Error('nobody may watch here');
    this.#counts.watching += 1;
    let watcher: FSWatcher | null = null;
    const look = (): void => {
      try {
        watcher ??= watch(this.#folder, hint).on('error', () => {
          watcher?.close();
          watcher = null;
        });
      } catch {
        watcher = null;
      }
    };
    look();
    const timer = setInterval(() => {
      look();
      hint();
    }, 300);
    return () => {
      this.#counts.watching -= 1;
      clearInterval(timer);
      watcher?.close();
    };
  }

  record(claimId: string): Promise<RawRecord | null> {
    return this.#alone(async () => {
      const label = `${claimId}.claim`;
      const text = await readFile(path.join(this.#folder, label), 'utf8').catch(() => null);
      return text === null ? null : { label, text, cut: false };
    });
  }

  history(claimId: string, limit: number): Promise<readonly Transition[]> {
    return this.#alone(() => {
      const ofClaim = this.#past.filter((transition) => transition.claimId === claimId);
      return Promise.resolve(ofClaim.slice(-limit));
    });
  }

  plan(request: ActionRequest): Promise<PlanOutcome> {
    return this.#alone(async () => {
      const [one] = request.action === 'mend' ? [] : request.claims;
      if (request.action === 'mend' || one === undefined || request.claims.length > 1) {
        return { kind: 'refused', reasons: ['One claim at a time.'] };
      }
      const claim = await this.#claim(one.claimId);
      if (claim?.seen !== one.seen) return { kind: 'conflict', message: 'It is not what was seen.' };
      const nowMs = this.#host.clock.nowMs();
      const verdict = judge(claim, claim.evidence, nowMs);
      if (!actionsFor(claim.possibleActions, verdict).includes(request.action)) {
        return { kind: 'refused', reasons: ['That is not possible.'] };
      }
      const plan: Plan = {
        actAs: request.actAs,
        id: 'of-the-port',
        action: request.action,
        claims: [{ ...one, resource: claim.resource, holder: claim.holder.name, verdict, evidence: [] }],
        resource: claim.resource,
        holder: claim.holder.name,
        seen: claim.seen,
        verdict,
        evidence: allEvidence(claim, nowMs),
        consequence: `${claim.resource} becomes free.`,
        writes: [],
        undo: 'Claim it again.',
        warnings: [],
        needs: { reason: false, confirmation: null },
      };
      return { kind: 'planned', plan };
    });
  }

  commit(plan: Plan): Promise<ActionResult> {
    return this.#alone(async () => {
      this.#counts.commits += 1;
      if (plan.id !== 'of-the-port') return { kind: 'failed', error: 'This plan was not made here.' };
      await this.#options.beforeCommit?.(this.#folder);
      const claimId = plan.action === 'mend' ? undefined : plan.claims[0]?.claimId;
      const claim = claimId === undefined ? undefined : await this.#claim(claimId);
      if (claim?.seen !== plan.seen) return { kind: 'conflict', message: 'It is not what was seen.' };
      await dropClaim(this.#folder, plan.resource);
      const written = [{ file: `${plan.resource}.claim`, content: '' }];
      return { kind: 'done', message: `${plan.resource} is free.`, written, warnings: [] };
    });
  }

  close(): void {
    this.#counts.open -= 1;
  }

  /** Fails the test when the inspector makes two calls at a time. */
  async #alone<T>(task: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    this.#counts.most = Math.max(this.#counts.most, this.#calls);
    try {
      return await task();
    } finally {
      this.#calls -= 1;
    }
  }

  async #list(): Promise<{ claims: Map<string, Claim>; findings: Finding[]; status: SourceStatus }> {
    const claims = new Map<string, Claim>();
    const findings: Finding[] = [];
    const names = await readdir(this.#folder);
    for (const name of names.filter((each) => each.endsWith('.claim')).sort()) {
      const claim = await this.#claim(name.slice(0, -'.claim'.length));
      if (claim !== null) claims.set(claim.id, claim);
      else {
        const message = `${name} cannot be understood.`;
        findings.push({ code: 'unparsable', severity: 'warning', message, at: null, file: name });
      }
    }
    const broken = await readFile(path.join(this.#folder, 'broken'), 'utf8').catch(() => null);
    if (broken === null) return { claims, findings, status: { kind: 'readable' } };
    const status: SourceStatus = { kind: 'unreadable', at: Number(broken), reason: 'It says broken.' };
    return { claims, findings, status };
  }

  async #claim(resource: string): Promise<Claim | null> {
    try {
      const text = await readFile(path.join(this.#folder, `${resource}.claim`), 'utf8');
      return toClaim(resource, text, JSON.parse(text) as ClaimFile);
    } catch {
      return null;
    }
  }

  #transition(claim: Claim, wasKnown: boolean, at: Instant | null): Transition {
    this.#head += 1;
    return {
      claimId: claim.id,
      kind: wasKnown ? 'extended' : 'taken',
      at,
      basis: 'recorded',
      sequence: this.#head,
      holder: claim.holder.name,
      until: claim.lease.kind === 'until' ? claim.lease.expiresAt : null,
    };
  }
}

const NOTHING_NEW = { reset: false, upserted: [], removed: [], transitions: [], findings: [], note: 'files' };
const POSSIBLE: readonly ClaimAction[] = ['release', 'reap', 'force-release'];

function toClaim(resource: string, text: string, file: ClaimFile): Claim {
  return {
    id: resource,
    protocol: 'claim-folder',
    kind: 'file',
    resource,
    title: null,
    holder: { name: file.holder, process: file.process ?? null },
    acquiredAt: instantFromMs(file.acquiredAtMs),
    lease:
      file.expiresAtMs === null
        ? { kind: 'none' }
        : { kind: 'until', expiresAt: instantFromMs(file.expiresAtMs), toleranceMs: 0 },
    evidence: [],
    seen: createHash('sha256').update(text).digest('hex').slice(0, 32),
    recordLabel: `${resource}.claim`,
    possibleActions: POSSIBLE,
    ...(file.bands === undefined ? {} : { bands: file.bands }),
  };
}
