import { ArrowDown, ArrowUp } from 'lucide-react';
import { type CSSProperties, type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef } from 'react';
import type { ClaimRow } from '../../core/model';
import type { Column } from '../store/order';
import type { Visible } from '../store/visible';
import { useApp, useAppState } from './app-context';
import { ClaimTableRow, rowId } from './claim-table-row';
import { type ColumnSpec, fittingColumns, template } from './columns';
import { GRID_ID } from './element-ids';
import { useRowsInView } from './use-rows-in-view';
import { useWidth } from './use-width';

const ROW_HEIGHT = 36;
const HEAD_HEIGHT = 30;
const NO_ROWS: readonly ClaimRow[] = [];

/** All claims in one virtual grid. One tab stop; the selected row is its active descendant. */
export function ClaimTable({ visible }: { readonly visible: Visible }): ReactNode {
  const app = useApp();
  const { rows, indexOf } = visible;
  const scroller = useKeptPlace(visible);
  const width = useWidth(scroller);
  const columns = useMemo(() => fittingColumns(width), [width]);
  const selectedKey = useAppState((state) => state.selectedKey);
  const marked = useAppState((state) => state.marked);
  const marking = useAppState((state) => app.marks.now(state).rows.length > 0);
  const selectedIndex = selectedKey === null ? undefined : indexOf(selectedKey);

  const { first, end } = useRowsInView(scroller, rows.length, ROW_HEIGHT, HEAD_HEIGHT);

  useLayoutEffect(() => {
    const { selectedKey: key } = app.store.getState();
    const index = key === null ? undefined : app.visible(app.store.getState()).indexOf(key);
    if (index !== undefined && scroller.current !== null) scrollToRow(scroller.current, index);
    // Only when another row is selected: rows that come and go must not scroll.
  }, [selectedKey, app, scroller]);

  const style: CSSProperties = { gridTemplateColumns: template(columns) };
  return (
    <div
      ref={scroller}
      id={GRID_ID}
      className="grid"
      role="grid"
      aria-label="Claims"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable
      aria-activedescendant={selectedIndex === undefined || selectedKey === null ? undefined : rowId(selectedKey)}
      tabIndex={0}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={style}>
        {columns.map((column) => (
          <Head key={column.id} column={column} />
        ))}
      </div>
      <div className="grid-body" role="rowgroup" style={{ height: rows.length * ROW_HEIGHT }}>
        {indexesToShow(first, end, selectedIndex).map((index) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <ClaimTableRow
              key={row.key}
              row={row}
              index={index}
              top={index * ROW_HEIGHT}
              columns={columns}
              selected={row.key === selectedKey}
              marked={marked.get(row.key) === row.seen}
              marking={marking}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The selected row stays in the page wherever one scrolls, so that a screen reader never loses it. */
function indexesToShow(first: number, end: number, selected: number | undefined): readonly number[] {
  const indexes = Array.from({ length: end - first }, (_, at) => first + at);
  if (selected === undefined || (selected >= first && selected < end)) return indexes;
  return selected < first ? [selected, ...indexes] : [...indexes, selected];
}

/** Scrolls as little as it takes to have the row in view, below the head. */
function scrollToRow(element: HTMLElement, index: number): void {
  const top = index * ROW_HEIGHT;
  const bottom = top + ROW_HEIGHT - (element.clientHeight - HEAD_HEIGHT);
  if (element.scrollTop > top) element.scrollTop = top;
  else if (element.scrollTop < bottom) element.scrollTop = bottom;
}

function Head({ column }: { readonly column: ColumnSpec }): ReactNode {
  const app = useApp();
  const sort = useAppState((state) => state.choice.sort);
  const on = sort.column === column.id;
  const Arrow = sort.direction === 'ascending' ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      className={column.numeric ? 'head-cell numeric' : 'head-cell'}
      aria-sort={on ? sort.direction : 'none'}
    >
      <button
        type="button"
        className="head-button"
        onClick={() => {
          app.sortBy(column.id satisfies Column);
        }}
      >
        {column.name}
        {on && <Arrow size={11} strokeWidth={2.5} aria-hidden />}
      </button>
    </div>
  );
}

/**
 * For the scrolling element. Keeps the row at the top of the view where it is while rows come and go above it. Another filter or order begins
 * at the selected row, or at the top.
 */
function useKeptPlace(visible: Visible): RefObject<HTMLDivElement | null> {
  const app = useApp();
  const scroller = useRef<HTMLDivElement>(null);
  const choice = useAppState((state) => state.choice);
  const before = useRef({ rows: NO_ROWS, choice });
  useLayoutEffect(() => {
    const element = scroller.current;
    const was = before.current;
    before.current = { rows: visible.rows, choice };
    if (element === null || was.rows === visible.rows || was.rows === NO_ROWS) return;
    if (was.choice !== choice) {
      const { selectedKey } = app.store.getState();
      const index = selectedKey === null ? undefined : visible.indexOf(selectedKey);
      const top = (index ?? 0) * ROW_HEIGHT;
      const inView = top >= element.scrollTop && top < element.scrollTop + element.clientHeight - 2 * ROW_HEIGHT;
      if (!inView) element.scrollTop = index === undefined ? 0 : Math.max(0, top - element.clientHeight / 2);
      return;
    }
    if (element.scrollTop === 0) return;
    const top = Math.floor(element.scrollTop / ROW_HEIGHT);
    for (let at = top; at < Math.min(top + 50, was.rows.length); at += 1) {
      const key = was.rows[at]?.key;
      const now = key === undefined ? undefined : visible.indexOf(key);
      if (now === undefined) continue;
      if (now !== at) element.scrollTop += (now - at) * ROW_HEIGHT;
      return;
    }
  }, [app, visible, choice]);
  return scroller;
}
