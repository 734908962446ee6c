import type { Bridge, Channel, Pushes, Replies, Reply, Request } from '../../contract';
import type { Change, ClaimRow, Plan, PlanOutcome, SourceRow } from '../../core/model';
import { snapshotOf, sourceRow } from './rows';

type Answers = { [C in Channel]: (params: Request<C>) => Replies[C] | Promise<Replies[C]> };

/** A host at the other end of a bridge: it has claims, tells their changes, and answers as a test says. */
export class ScriptedHost implements Bridge {
  revision = 1;
  claims: ClaimRow[];
  sourceRows: readonly SourceRow[] = [sourceRow()];
  readonly asked: { readonly channel: Channel; readonly params: unknown }[] = [];
  readonly #listeners: { [P in keyof Pushes]: Set<(value: Pushes[P]) => void> } = {
    changes: new Set(),
    notice: new Set(),
    settings: new Set(),
  };
  readonly #connection = new Set<(state: 'connected' | 'lost') => void>();
  readonly answers: Answers;

  constructor(claims: readonly ClaimRow[], answers: Partial<Answers> = {}) {
    this.claims = [...claims];
    this.answers = {
      hello: () => ({
        host: 'web',
        version: '1',
        readOnly: false,
        canPickFolder: false,
        nowMs: 1_000_000,
        settings: { theme: 'system', actAs: '' },
        auditCount: 0,
      }),
      snapshot: () => snapshotOf(this.revision, this.claims, [...this.sourceRows]),
      moreOfSnapshot: () => ({ kind: 'over' }),
      detail: () => null,
      plan: (params) => this.plan(params),
      planMend: () => ({ kind: 'refused', reasons: ['Nothing to mend.'] }),
      commit: () => ({ kind: 'done', message: 'Done.', written: [], warnings: [] }),
      open: () => ({ kind: 'cancelled' }),
      pickFolder: () => ({ kind: 'cancelled' }),
      setBands: () => null,
      close: () => null,
      cancelReading: () => null,
      reread: () => null,
      verify: () => ({ kind: 'same', head: 3, claims: this.claims.length, tookMs: 1 }),
      audit: () => [],
      undoables: () => [],
      undo: () => ({ kind: 'refused', reasons: ['nothing is kept'] }),
      saveSettings: (settings) => settings,
      ...answers,
    };
  }

  async request<C extends Channel>(channel: C, params: Request<C>): Promise<Reply<C>> {
    this.asked.push({ channel, params });
    return { ok: true, value: await this.answers[channel](params) };
  }

  onPush<P extends keyof Pushes>(push: P, listener: (value: Pushes[P]) => void): () => void {
    this.#listeners[push].add(listener);
    return () => {
      this.#listeners[push].delete(listener);
    };
  }

  onConnection(listener: (state: 'connected' | 'lost') => void): () => void {
    this.#connection.add(listener);
    listener('connected');
    return () => {
      this.#connection.delete(listener);
    };
  }

  connection(state: 'connected' | 'lost'): void {
    for (const listener of this.#connection) listener(state);
  }

  /** Tells changes as the next revision. */
  tell(...changes: readonly Change[]): void {
    const from = this.revision;
    this.revision += 1;
    for (const listener of this.#listeners.changes) listener({ from, to: this.revision, changes });
  }

  put(claim: ClaimRow): void {
    this.claims = [...this.claims.filter((one) => one.key !== claim.key), claim];
    this.tell({ kind: 'claim', claim });
  }

  putSource(source: SourceRow): void {
    this.sourceRows = [...this.sourceRows.filter((one) => one.id !== source.id), source];
    this.tell({ kind: 'source', source });
  }

  notice(notice: Pushes['notice']): void {
    for (const listener of this.#listeners.notice) listener(notice);
  }

  remove(key: string): void {
    this.claims = this.claims.filter((one) => one.key !== key);
    this.tell({ kind: 'claim-removed', key });
  }

  /** How often it was asked this. */
  count(channel: Channel): number {
    return this.asked.filter((one) => one.channel === channel).length;
  }

  /** A plan of what was asked for, if every claim is still what was seen. */
  plan({ action, claims: wanted, actAs }: Request<'plan'>): PlanOutcome {
    const claims = wanted.flatMap(
      ({ key, seen }) => this.claims.find((one) => one.key === key && one.seen === seen) ?? [],
    );
    const [first] = claims;
    if (first === undefined || claims.length < wanted.length) {
      return { kind: 'conflict', message: 'It is not what was seen.' };
    }
    const plan: Plan = {
      id: `plan-${this.count('plan').toString()}`,
      action,
      claims: claims.map(({ claimId, seen, resource, holder, verdict }) => ({
        claimId,
        seen,
        resource,
        holder,
        verdict,
        evidence: [],
      })),
      resource: claims.length === 1 ? first.resource : `${claims.length.toString()} nodes`,
      holder: first.holder,
      actAs,
      seen: first.seen,
      verdict: first.verdict,
      evidence: [],
      consequence: 'It becomes free.',
      writes: [{ file: '000002.json', content: '{}\n', condition: 'as #2 if #1 is still the last' }],
      undo: 'It cannot be undone.',
      warnings: [],
      needs: { reason: false, confirmation: null },
    };
    return { kind: 'planned', plan };
  }
}
