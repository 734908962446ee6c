import {
  assertNever,
  type Change,
  type Changes,
  type ClaimRow,
  type Finding,
  instantFromMs,
  quoteHostile,
  type SourceRow,
  type Transition,
  type TransitionKind,
  transitionWord,
} from '../../core/model';
import { printablePath, verdictWords } from './claims';
import { statusWords } from './status';

/** One thing that happened, as `watch` tells it: for people as a line, for programs as an object. */
export interface Happening {
  readonly what:
    | TransitionKind
    | 'held'
    | 'changed'
    | 'verdict'
    | 'waiters'
    | 'not-shown'
    | 'finding'
    | 'status'
    | 'closed';
  /** The path of the source. */
  readonly source: string;
  readonly kind: string | null;
  readonly resource: string | null;
  readonly holder: string | null;
  /** A sentence, or part of one. */
  readonly words: string;
}

/**
 * What changed since the look before, as happenings. Remembers what was told, so that each thing is told once: what a
 * transition says of a claim is not said again for its row.
 */
export class Happenings {
  readonly #claims = new Map<string, ClaimRow>();
  /** Keys by source and claim: what a transition names. */
  readonly #keys = new Map<string, string>();
  /** Those that left in the batch that is being told. */
  readonly #left = new Set<string>();
  readonly #sources = new Map<string, SourceRow>();

  /** What stands there already when the watch begins. */
  begin(sources: readonly SourceRow[], claims: readonly ClaimRow[]): readonly Happening[] {
    const told: Happening[] = [];
    for (const source of sources) told.push(...this.#source(source));
    for (const claim of claims) {
      this.#remember(claim);
      told.push(this.#ofClaim(claim, 'held', held(claim)));
    }
    return told;
  }

  of({ changes }: Changes): readonly Happening[] {
    const byTransition = new Set<string>();
    for (const change of changes) {
      if (change.kind === 'transition')
        byTransition.add(markOf({ sourceId: change.sourceId, claimId: change.transition.claimId }));
    }
    const told = changes.flatMap((change) => this.#change(change, byTransition));
    // What a transition tells of may have left before it in the same batch.
    for (const change of changes) {
      const claim = change.kind === 'claim-removed' ? this.#claims.get(change.key) : undefined;
      if (claim === undefined || !this.#left.delete(claim.key)) continue;
      this.#claims.delete(claim.key);
      this.#keys.delete(markOf(claim));
    }
    return told;
  }

  #change(change: Change, byTransition: ReadonlySet<string>): readonly Happening[] {
    switch (change.kind) {
      case 'source':
        return this.#source(change.source);
      case 'source-removed': {
        const source = this.#sources.get(change.sourceId);
        this.#sources.delete(change.sourceId);
        return source === undefined ? [] : [{ ...ofSource(source), what: 'closed', words: 'is not watched any more' }];
      }
      case 'claim':
        return this.#claim(change.claim, byTransition);
      case 'claim-removed': {
        const claim = this.#claims.get(change.key);
        if (claim === undefined) return [];
        this.#left.add(claim.key);
        if (byTransition.has(markOf(claim))) return [];
        return [this.#ofClaim(claim, 'not-shown', 'is not shown any more')];
      }
      case 'transition':
        return [this.#transition(change.sourceId, change.transition)];
      case 'audit':
        return [];
      default:
        return assertNever(change);
    }
  }

  #remember(claim: ClaimRow): void {
    this.#left.delete(claim.key);
    this.#claims.set(claim.key, claim);
    this.#keys.set(markOf(claim), claim.key);
  }

  #claim(claim: ClaimRow, byTransition: ReadonlySet<string>): readonly Happening[] {
    const before = this.#claims.get(claim.key);
    this.#remember(claim);
    const isTold = byTransition.has(markOf(claim));
    if (before === undefined) return isTold ? [] : [this.#ofClaim(claim, 'held', held(claim))];
    const told: Happening[] = [];
    if (before.seen !== claim.seen && !isTold) told.push(this.#ofClaim(claim, 'changed', held(claim)));
    if (verdictWords(before) !== verdictWords(claim)) {
      told.push(this.#ofClaim(claim, 'verdict', `${verdictWords(before)} → ${verdictWords(claim)}`));
    }
    if (before.waiters !== claim.waiters) {
      told.push(this.#ofClaim(claim, 'waiters', `${(claim.waiters ?? 0).toString()} waiting`));
    }
    return told;
  }

  #transition(sourceId: string, { claimId, kind, holder, until, basis }: Transition): Happening {
    const claim = this.#claims.get(this.#keys.get(markOf({ sourceId, claimId })) ?? '');
    const words = [
      transitionWord(kind).toLowerCase(),
      holder === null ? '' : `by ${quoteHostile(holder, 60)}`,
      until === null ? '' : `until ${quoteHostile(until.text)}`,
      basis === 'observed' ? '(observed)' : '',
    ];
    return {
      what: kind,
      source: this.#sources.get(sourceId)?.path ?? '',
      kind: claim?.kind ?? null,
      resource: claim?.resource ?? claimId,
      holder,
      words: words.filter((word) => word !== '').join(' '),
    };
  }

  #source(source: SourceRow): readonly Happening[] {
    const before = this.#sources.get(source.id);
    this.#sources.set(source.id, source);
    const told: Happening[] = [];
    const status = statusWords(source);
    const wasStatus = before === undefined ? null : statusWords(before);
    if (status !== wasStatus && source.status.kind !== 'reading') {
      told.push({ ...ofSource(source), what: 'status', words: status ?? 'can be read again' });
    }
    const known = new Set(before?.findings.map(printOf));
    for (const finding of source.findings) {
      if (known.has(printOf(finding))) continue;
      told.push({ ...ofSource(source), what: 'finding', words: quoteHostile(finding.message, 1000) });
    }
    return told;
  }

  #ofClaim(claim: ClaimRow, what: Happening['what'], words: string): Happening {
    return {
      what,
      source: this.#sources.get(claim.sourceId)?.path ?? '',
      kind: claim.kind,
      resource: claim.resource,
      holder: claim.holder,
      words,
    };
  }
}

function markOf({ sourceId, claimId }: Pick<ClaimRow, 'sourceId' | 'claimId'>): string {
  return `${sourceId} ${claimId}`;
}

function ofSource(source: SourceRow): Omit<Happening, 'what' | 'words'> {
  return { source: source.path, kind: null, resource: null, holder: null };
}

function printOf({ code, at, file, message }: Finding): string {
  return JSON.stringify([code, at, file, message]);
}

function held(claim: ClaimRow): string {
  const holder = claim.holder === null ? 'nobody named' : quoteHostile(claim.holder, 60);
  const until = claim.expiresAt === null ? '' : ` until ${quoteHostile(claim.expiresAt.text)}`;
  return `held by ${holder}${until}, ${verdictWords(claim).toLowerCase()}`;
}

/** One line: time, resource, what happened, and where. `nowMs` is unix ms. */
export function happeningLine(happening: Happening, nowMs: number): string {
  const { kind, resource, words, source } = happening;
  const what = resource === null ? '' : `${quoteHostile(kind ?? '', 24)} ${quoteHostile(resource, 80)}  `;
  return `${instantFromMs(nowMs).text}  ${what}${words}  ${printablePath(source)}`;
}

/** The same for programs. */
export function happeningJson(happening: Happening, nowMs: number): object {
  return { at: instantFromMs(nowMs).text, ...happening };
}
