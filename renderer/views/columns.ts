import type { Column } from '../store/order';

export interface ColumnSpec {
  readonly id: Column;
  readonly name: string;
  /** A grid track. Fixed or a share, never by content: content that changes must not move the others. */
  readonly track: string;
  /** Numbers stand at the right. */
  readonly numeric: boolean;
  /** Shown when the table is at least this wide, in px. */
  readonly from: number;
  /** And narrower than this; absent where it stays however wide the table is. */
  readonly below?: number;
}

const COLUMN_SPECS: readonly ColumnSpec[] = [
  { id: 'verdict', name: 'Verdict', track: '118px', numeric: false, from: 0 },
  { id: 'resource', name: 'Resource', track: 'minmax(72px, 1.3fr)', numeric: false, from: 0 },
  { id: 'kind', name: 'Kind', track: '70px', numeric: false, from: 720 },
  { id: 'holder', name: 'Holder', track: 'minmax(84px, 1.6fr)', numeric: false, from: 0 },
  { id: 'held', name: 'Held', track: '74px', numeric: true, from: 570 },
  { id: 'left', name: 'Time left', track: '132px', numeric: true, from: 500 },
  // Without the bar.
  { id: 'left', name: 'Time left', track: '92px', numeric: true, from: 0, below: 500 },
  { id: 'waits', name: 'Waits', track: '64px', numeric: true, from: 0 },
  { id: 'source', name: 'Source', track: 'minmax(76px, 1fr)', numeric: false, from: 650 },
];

/** The columns that fit into a table of that width, the less important ones dropped first. */
export function fittingColumns(width: number): readonly ColumnSpec[] {
  return COLUMN_SPECS.filter(({ from, below }) => width >= from && (below === undefined || width < below));
}

export function template(columns: readonly ColumnSpec[]): string {
  return columns.map((column) => column.track).join(' ');
}
