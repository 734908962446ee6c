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

export function printHead(reader: FloorReader): void {
  const cores = cpus();
  console.log(
    `Node ${process.versions.node}, ${process.platform} ${release()}, ${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}`,
  );
  const load = loadavg()[0] ?? 0;
  if (load > 1) {
    console.log(`Other programs are at work here too (load ${load.toFixed(1)}): times vary, and ratios say more.`);
  }
  if (reader.name !== 'C loop') console.log('There is no C compiler here: the floor is a bare loop on Node.');
  console.log(`\n${line(['', 'measured', 'beside', 'ratio', 'target'])}`);
}

export function printRow({ what, figure, beside, ratio, target, unit }: Row): void {
  const sign = unit === undefined ? '×' : ` ${unit}`;
  const shown = ratio === null || unit !== undefined ? '' : `${ratio.toFixed(2)}×`;
  console.log(line([what, figure, beside, shown, target === null || ratio === null ? '' : judge(ratio, target, sign)]));
}

function judge(ratio: number, target: NonNullable<Row['target']>, sign: string): string {
  const met = 'most' in target ? ratio <= target.most : ratio >= target.least;
  const words = 'most' in target ? `≤ ${target.most}${sign}` : `≥ ${target.least}${sign}`;
  return `${words}  ${met ? 'met' : 'MISSED'}`;
}

export function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}

export function inMicros(ms: number): string {
  return `${(ms * 1000).toFixed(0)} µs`;
}
