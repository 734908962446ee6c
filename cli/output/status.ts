import { assertNever, quoteHostile, type SourceRow } from '../../core/model';
import { printablePath } from './claims';
import type { Output } from './streams';

/** Says where a source stands, unless all is well. */
export function sayStatus(source: SourceRow, output: Output): void {
  const words = statusWords(source);
  if (words !== null) output.say(words);
}

/** Null when its own tools can read the source. */
export function statusWords(source: SourceRow): string | null {
  const path = printablePath(source.path);
  const { status } = source;
  switch (status.kind) {
    case 'readable':
      return null;
    case 'reading':
    case 'not-read':
      return `${path}: not read to its end yet.`;
    case 'unreadable': {
      const from = status.at === null ? '' : ` from #${status.at.toString()} on`;
      return `${path}: its own tools cannot read it${from}: ${sentence(status.reason)}`;
    }
    case 'undecided':
      return `${path}: whether its own tools can read it is not known, so nothing will be written: ${sentence(status.reason)}`;
    case 'out-of-reach':
      return `${path}: out of reach: ${sentence(status.reason)}`;
    default:
      return assertNever(status);
  }
}

/** Hostile text fit to print, ending like a sentence. */
export function sentence(text: string): string {
  const shown = quoteHostile(text, 1000);
  return /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}
