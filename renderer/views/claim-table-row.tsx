import { Check } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { assertNever, type ClaimRow, flagWord, verdictWord } from '../../core/model';
import { formatCount, formatLeft, formatShortCount, ticking } from '../format';
import type { Column } from '../store/order';
import { shown } from '../text';
import { useApp, useAppState, useNow } from './app-context';
import { type ColumnSpec, template } from './columns';
import { HolderName, heldBy } from './holder';
import { FILE_LOCK } from './protocol-words';
import { FlagLabel, VerdictLabel } from './signs';

/** The id of a row's element. Keys may hold anything, ids no spaces. */
export function rowId(key: string): string {
  return `claim-${encodeURIComponent(key.replace(/\p{Surrogate}/gu, '_'))}`;
}

interface Props {
  readonly row: ClaimRow;
  readonly index: number;
  readonly top: number;
  readonly columns: readonly ColumnSpec[];
  /** The one that the detail shows. */
  readonly selected: boolean;
  /** To be reaped with others. */
  readonly marked: boolean;
  /** Whether any are marked: then that is what `selected` means to a screen reader. */
  readonly marking: boolean;
}

export const ClaimTableRow = memo(function ClaimTableRow(props: Props): ReactNode {
  const { row, index, top, columns, selected, marked } = props;
  const app = useApp();
  const times = useAppState((state) => state.picture.changed.get(row.key)?.times ?? 0);
  // Two names for one animation: taking turns, each change starts it anew.
  const flash = times === 0 ? '' : times % 2 === 1 ? ' row-flash-a' : ' row-flash-b';
  return (
    <div
      role="row"
      id={rowId(row.key)}
      className={`row${row.flags?.[0] === 'two-holders' ? ' row-loud' : ''}${selected ? ' row-selected' : ''}${marked ? ' row-marked' : ''}${flash}`}
      aria-rowindex={index + 2}
      aria-selected={props.marking ? marked : selected}
      aria-label={rowLabel(row)}
      style={{ gridTemplateColumns: template(columns), transform: `translateY(${top.toString()}px)` }}
      onMouseDown={(event) => {
        if (event.ctrlKey || event.metaKey) app.marks.toggle(row.key);
        app.select(row.key);
      }}
    >
      {marked && <Check size={12} strokeWidth={3} aria-hidden className="row-mark" />}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={cellClass(column)}>
          <Cell row={row} column={column.id} />
        </div>
      ))}
    </div>
  );
});

function cellClass({ id, numeric, below }: ColumnSpec): string {
  return `cell cell-${id}${numeric ? ' numeric' : ''}${below === undefined ? '' : ' cell-short'}`;
}

/** `node 1.2, Expired, held by prover-ada, zombie holder, 2 wait` */
function rowLabel(row: ClaimRow): string {
  const parts = [
    `${shown(row.kind, 40)} ${shown(row.resource, 120)}`,
    verdictWord(row.verdict),
    heldBy(row.holder),
    ...(row.flags ?? []).map((flag) => flagWord(flag).toLowerCase()),
    ...(row.waiters === undefined ? [] : [`${formatCount(row.waiters)} wait`]),
  ];
  return parts.join(', ');
}

function Cell({ row, column }: { readonly row: ClaimRow; readonly column: Column }): ReactNode {
  switch (column) {
    case 'verdict':
      return <VerdictCell row={row} />;
    case 'resource':
      return <Resource row={row} />;
    case 'kind':
      return <span className="clip muted">{shown(row.kind, 40)}</span>;
    case 'holder':
      return <HolderCell row={row} />;
    case 'held':
      return <Held row={row} />;
    case 'left':
      return <Left row={row} />;
    case 'waits':
      return <Waits row={row} />;
    case 'source':
      return <SourceName sourceId={row.sourceId} />;
    default:
      return assertNever(column);
  }
}

/** The verdict, and below it the gravest of what speaks louder; the detail names all. */
function VerdictCell({ row }: { readonly row: ClaimRow }): ReactNode {
  const [flag] = row.flags ?? [];
  if (flag === undefined) return <VerdictLabel verdict={row.verdict} />;
  return (
    <span className="verdict-cell" title={(row.flags ?? []).map(flagWord).join(', ')}>
      <VerdictLabel verdict={row.verdict} />
      <FlagLabel flag={flag} />
    </span>
  );
}

function Waits({ row }: { readonly row: ClaimRow }): ReactNode {
  const { waiters = 0 } = row;
  if (waiters === 0) return null;
  const words = waiters === 1 ? '1 process is seen waiting' : `${formatCount(waiters)} processes are seen waiting`;
  return (
    <span className="waits" title={words}>
      {formatShortCount(waiters)} wait
    </span>
  );
}

/** Of a path the end says most: where there is little room its folder is cut first. */
function Resource({ row }: { readonly row: ClaimRow }): ReactNode {
  const text = shown(row.resource);
  const end = row.protocol === FILE_LOCK ? text.lastIndexOf('/') + 1 : 0;
  return (
    <bdi dir="ltr" className="resource mono" title={row.title === null ? text : shown(row.title)}>
      {end > 0 && <span className="clip resource-folder">{text.slice(0, end)}</span>}
      <span className="clip">{text.slice(end)}</span>
    </bdi>
  );
}

function HolderCell({ row }: { readonly row: ClaimRow }): ReactNode {
  if (row.holder === null) return <HolderName name={null} className="clip" />;
  return (
    <span
      className="holder-cell"
      title={shown([row.holder, row.holderNote].filter((part) => part !== null).join(' · '))}
    >
      <HolderName name={row.holder} className="clip" nameClass="holder-name" />
      {row.holderNote !== null && <span className="note clip">{shown(row.holderNote, 80)}</span>}
    </span>
  );
}

function Held({ row }: { readonly row: ClaimRow }): ReactNode {
  const now = useNow();
  if (row.acquiredAt === null) return <span className="muted">—</span>;
  const ms = now - row.acquiredAt.ms;
  return <span title={`since ${row.acquiredAt.text}`}>{ms < -1000 ? `in ${ticking(-ms)}` : ticking(ms)}</span>;
}

function Left({ row }: { readonly row: ClaimRow }): ReactNode {
  const now = useNow();
  if (row.expiresAt === null) {
    const isKernel = row.protocol === FILE_LOCK;
    return (
      <span
        className="muted"
        title={isKernel ? 'The kernel holds it until its holder lets go or ends' : 'It does not end by itself'}
      >
        {isKernel ? 'kernel' : '—'}
      </span>
    );
  }
  const left = row.expiresAt.ms - now;
  const whole = row.acquiredAt === null ? 0 : row.expiresAt.ms - row.acquiredAt.ms;
  const share = whole > 0 ? Math.min(1, Math.max(0, left / whole)) : 0;
  return (
    <span className="left" title={`until ${row.expiresAt.text}`}>
      <span className={`bar verdict-${row.verdict}`} aria-hidden>
        <span className="bar-fill" style={{ transform: `scaleX(${share.toFixed(3)})` }} />
      </span>
      <span className={left < 0 ? 'over' : undefined}>{formatLeft(left)}</span>
    </span>
  );
}

function SourceName({ sourceId }: { readonly sourceId: string }): ReactNode {
  const title = useAppState((state) => state.picture.sources.find((source) => source.id === sourceId)?.title ?? '');
  return (
    <bdi dir="ltr" className="clip muted">
      {shown(title, 120)}
    </bdi>
  );
}
