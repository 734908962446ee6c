import { livingName } from '../../../core/ledger/events/event-names';
import { LedgerNames } from '../../../core/ledger/events/ledger-names';
import { compareNodeIds } from '../../../core/ledger/events/node-id';
import { orderEvents } from '../../../core/ledger/reading/order-events';
import { createLivingReplay } from '../../../core/ledger/replay/living-replay';
import type { LedgerClaim } from '../../../core/ledger/replay/replay';

/** One line of the corpus: a ledger, and what the living program said of it. */
export interface CorpusLine {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly status_ok: boolean;
  readonly error?: string;
  readonly claims?: readonly { readonly node: string; readonly owner: string; readonly expires: string }[];
}

/** The bytes behind a string of the corpus, where a lone U+DC80 to U+DCFF stands for a byte that is no UTF-8. */
function corpusBytes(text: string): Uint8Array {
  const parts: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const lone = code >= 0xdc80 && code <= 0xdcff && !isHighSurrogate(text.charCodeAt(i - 1));
    if (!lone) continue;
    parts.push(Buffer.from(text.slice(from, i)), Buffer.of(code - 0xdc00));
    from = i + 1;
  }
  parts.push(Buffer.from(text.slice(from)));
  return Buffer.concat(parts);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** The number of the event that an error of the living program is about. */
export function eventNumberIn(error: string): number | null {
  const match = /(?:event|got) (\d+)/.exec(error);
  return match === null ? null : Number(match[1]);
}

export interface Verdict {
  readonly readable: boolean;
  /** The event from which on the living program cannot read, by our reckoning. */
  readonly at: number | null;
  readonly message: string | null;
  readonly claims: readonly LedgerClaim[];
}

/**
 * Reads a ledger that is given as names and bytes, by the pure rules alone. After event `kept` the replay is kept and
 * another one takes it up.
 */
export function readLiving(files: ReadonlyMap<string, Uint8Array>, kept: number | null = null): Verdict {
  const { consecutive, fault } = orderEvents(
    LedgerNames.of([...files.keys()].map((name) => ({ name, isFolder: false }))),
    'living',
  );
  let replay = createLivingReplay();
  for (let sequence = 1; sequence <= consecutive; sequence++) {
    if (kept === sequence - 1) {
      const next = createLivingReplay();
      for (const part of replay.parts()) next.takeUp(part);
      replay = next;
    }
    const outcome = replay.apply(sequence, files.get(livingName(sequence)) ?? new Uint8Array());
    if (outcome.kind === 'refused') {
      const { at, message } = fault?.sequence === 0 ? fault.finding : outcome.finding;
      return { readable: false, at, message, claims: replay.claims() };
    }
  }
  const claims = replay.claims();
  if (fault === null) return { readable: true, at: null, message: null, claims };
  return { readable: false, at: fault.sequence, message: fault.finding.message, claims };
}

export function filesOf(line: CorpusLine): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(line.files).map(([name, text]) => [name, corpusBytes(text)]));
}

export function byNode<T extends { readonly node: string }>(claims: readonly T[]): readonly T[] {
  return [...claims].sort((a, b) => compareNodeIds(a.node, b.node));
}
