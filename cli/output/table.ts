import stringWidth from 'string-width';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Plain text, already fit to print. */
  readonly text: (row: Row) => string;
  /** Colours the padded cell; must not change its width. */
  readonly paint?: (row: Row, cell: string) => string;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Rows under their titles, each column as wide as its widest cell, two spaces between. No trailing spaces. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (title: string) => string,
): string {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, i) =>
    cells.reduce((widest, line) => Math.max(widest, stringWidth(line[i] ?? '')), stringWidth(column.title)),
  );
  const last = columns.length - 1;
  const fit = (text: string, i: number, align: 'left' | 'right'): string =>
    i === last && align === 'left' ? text : pad(text, widths[i] ?? 0, align);
  const head = columns.map((column, i) => fit(column.title, i, column.align)).join('  ');
  const body = rows.map((row, r) =>
    columns
      .map((column, i) => {
        const cell = fit(cells[r]?.[i] ?? '', i, column.align);
        return column.paint === undefined ? cell : column.paint(row, cell);
      })
      .join('  '),
  );
  return [paintTitle(head), ...body].join('\n');
}
