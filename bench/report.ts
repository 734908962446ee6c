import { cpus, loadavg, release } from 'node:os';
import type { FloorReader } from './programs';

export interface Row {
  readonly what: string;
  /** What was measured, and what it is measured by, in words: `612 ms`. */
  readonly figure: string;
  readonly beside: string;
  /** The figure in relation to what stands beside it, or the figure itself where nothing does. */
  readonly ratio: number | null;
  readonly target: { readonly most: number } | { readonly least: number } | null;
  /** The target is one of the figure itself, in this unit, and not of a ratio. */
  readonly unit?: string;
}

const WIDTHS = [46, 22, 34, 10] as const;

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join(' ')
    .trimEnd();
}

/** How a report is printed: for a terminal, or as the rows of the table in docs/performance.md. */
export interface Printer {
  head(reader: FloorReader): void;
  row(row: Row): void;
}

export const TERMINAL: Printer = {
  head(reader) {
    console.log(`${machine()}.`);
    const load = loadNow();
    if (load > 1) {
      console.log(`Other programs are at work here too (load ${load.toFixed(1)}): times vary, and ratios say more.`);
    }
    if (reader.name !== 'C loop') console.log('There is no C compiler here: the floor is a bare loop on Node.');
    console.log(`\n${line(['', 'measured', 'beside', 'ratio', 'target'])}`);
  },
  row(row) {
    const { words, isMet } = judged(row);
    const verdict = words === '' ? '' : `${words}  ${isMet ? 'met' : 'MISSED'}`;
    console.log(line([row.what, row.figure, row.beside, ratioOf(row), verdict]));
  },
};

export const MARKDOWN: Printer = {
  head() {
    console.log(`${machine()}, files in the page cache, load ${loadNow().toFixed(1)}.\n`);
    console.log('| what | measured | beside | ratio | target |\n|---|---|---|---|---|');
  },
  row(row) {
    const { words, isMet } = judged(row);
    const verdict = words === '' ? '' : `${words}, ${isMet ? 'met' : '**missed**'}`;
    const cells = [row.what, row.figure, row.beside, ratioOf(row), verdict];
    console.log(`|${cells.map((cell) => ` ${cell} `.replace('  ', ' ')).join('|')}|`);
  },
};

function machine(): string {
  const cores = cpus();
  return `Node ${process.versions.node}, ${process.platform} ${release()}, ${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}`;
}

function loadNow(): number {
  return loadavg()[0] ?? 0;
}

function ratioOf({ ratio, unit }: Row): string {
  return ratio === null || unit !== undefined ? '' : `${ratio.toFixed(2)}×`;
}

function judged({ ratio, target, unit }: Row): { readonly words: string; readonly isMet: boolean } {
  if (target === null || ratio === null) return { words: '', isMet: true };
  const sign = unit === undefined ? '×' : ` ${unit}`;
  return 'most' in target
    ? { words: `≤ ${target.most}${sign}`, isMet: ratio <= target.most }
    : { words: `≥ ${target.least}${sign}`, isMet: ratio >= target.least };
}

export function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}

export function inMicros(ms: number): string {
  return `${(ms * 1000).toFixed(0)} µs`;
}
