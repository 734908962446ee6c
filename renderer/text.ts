import { quoteHostile } from '../core/model';

/** Names longer than this are cut in lists; the detail pane shows more. */
const IN_A_LIST = 300;

/** Text from a source, fit to be shown: cut, with everything visible that would hide or reorder. */
export function shown(text: string, max = IN_A_LIST): string {
  return quoteHostile(text, max);
}

/** A whole record, fit to be shown: its lines stay lines and its tabs tabs, everything else that would hide is made visible. */
export function shownLines(text: string, max: number): string {
  const cut = text.length > max;
  const lines = text.slice(0, max).split(/\r?\n/);
  const shownLine = (line: string): string =>
    line
      .split('\t')
      .map((part) => quoteHostile(part, part.length + 1))
      .join('\t');
  return lines.map(shownLine).join('\n') + (cut ? '…' : '');
}
