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
}

const COLUMN_SPECS: readonly ColumnSpec[] = [
  { id: 'verdict', name: 'Verdict', track: '112px', numeric: false, from: 0 },
  { id: 'resource', name: 'Resource', track: 'minmax(76px, 1fr)', numeric: false, from: 0 },
  { id: 'kind', name: 'Kind', track: '80px', numeric: false, from: 690 },
  { id: 'holder', name: 'Holder', track: 'minmax(88px, 1.4fr)', numeric: false, from: 0 },
  { id: 'held', name: 'Held', track: '86px', numeric: true, from: 520 },
  { id: 'left', name: 'Time left', track: '148px', numeric: true, from: 0 },
  { id: 'source', name: 'Source', track: 'minmax(92px, 1fr)', numeric: false, from: 620 },
];

/** The columns that fit into a table of that width, the less important ones dropped first. */
export function fittingColumns(width: number): readonly ColumnSpec[] {
  return COLUMN_SPECS.filter((column) => width >= column.from);
}

export function template(columns: readonly ColumnSpec[]): string {
  return columns.map((column) => column.track).join(' ');
}
