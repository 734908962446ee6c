import { CircleX, Copy, Ellipsis, Play, RotateCw, ShieldCheck, SlidersHorizontal, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import type { SourceRow } from '../../core/model';
import { formatCount, formatShortCount } from '../format';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';
import { Progress } from './progress';
import { protocolWord } from './protocol-words';
import { ProtocolSign } from './signs';
import { hasTwin, progressOf, progressWords, sourceName, standingOf } from './source-words';

/** One source of the workspace list: press it to see only its claims. */
export function SourceItem({ source, only }: { readonly source: SourceRow; readonly only: boolean }): ReactNode {
  const app = useApp();
  const title = shown(source.title, 120);
  const progress = progressOf(source);
  const standing = standingOf(source);
  // Another source of the same name: then its protocol tells them apart in words too.
  const twin = useAppState(({ picture }) => hasTwin(source, picture.sources));
  // Where all are of one sort, a sign of it says nothing.
  const mixed = useAppState(({ picture }) => picture.sources.some(({ protocol }) => protocol !== source.protocol));
  const name = useAppState(({ picture }) => sourceName(source, picture.sources));
  return (
    <li className={only ? 'side-row side-row-on' : 'side-row'}>
      <button
        type="button"
        className="side-button"
        aria-pressed={only}
        aria-label={sourceLabel(source)}
        title={sourceTitle(source)}
        onClick={() => {
          app.choose({ sourceId: only ? null : source.id });
          app.show('claims');
        }}
      >
        <span className={`dot dot-${standing.dot}`} aria-hidden />
        {mixed && <ProtocolSign protocol={source.protocol} size={13} />}
        <span className="side-name">
          <bdi dir="ltr">{title}</bdi>
          {twin && <span className="side-kind">{shown(protocolWord(source.protocol), 30)}</span>}
        </span>
        <span className="side-count">
          {source.status.kind === 'not-read' ? 'not read' : formatShortCount(source.held)}
        </span>
        {source.stale > 0 && <span className="badge badge-stale">{formatShortCount(source.stale)}</span>}
        {source.findings.length > 0 && (
          <span
            className={source.worst === 'error' ? 'badge badge-error badge-square' : 'badge badge-warning badge-square'}
          >
            !{source.findings.length > 1 ? formatShortCount(source.findings.length) : ''}
          </span>
        )}
      </button>
      {progress !== null && (
        <div className="side-progress" title={progressWords(progress, source.protocol)}>
          <Progress done={progress.done} total={progress.total} />
        </div>
      )}
      <span className="side-tools">
        <SourceMenu source={source} title={name} />
        <button
          type="button"
          className="icon-button"
          aria-label={`Take ${name} out of the workspace`}
          title="Take it out of the workspace. Nothing on disk changes."
          onClick={() => {
            app.sources.close(source.id);
          }}
        >
          <X size={12} aria-hidden />
        </button>
      </span>
    </li>
  );
}

function SourceMenu({ source, title }: { readonly source: SourceRow; readonly title: string }): ReactNode {
  const app = useApp();
  const verifying = useAppState((state) => state.verified.get(source.id)?.kind === 'running');
  const { id, status } = source;
  return (
    // Not modal: a modal menu locks scrolling through a style element, which the page's policy forbids.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="icon-button" aria-label={`What to do with ${title}`}>
        <Ellipsis size={13} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4}>
          {status.kind === 'reading' ? (
            <Item
              sign={<CircleX size={14} aria-hidden />}
              name="Cancel the reading"
              run={() => {
                app.sources.cancelReading(id);
              }}
            />
          ) : (
            <>
              <Item
                sign={status.kind === 'not-read' ? <Play size={14} aria-hidden /> : <RotateCw size={14} aria-hidden />}
                name={status.kind === 'not-read' ? 'Read it' : 'Read it again from the start'}
                run={() => {
                  app.sources.reread(id);
                }}
              />
              <Item
                sign={<ShieldCheck size={14} aria-hidden />}
                name={verifying ? 'Verifying…' : 'Verify: read all of it and compare'}
                disabled={verifying || status.kind === 'not-read'}
                run={() => {
                  app.sources.verify(id);
                }}
              />
            </>
          )}
          {source.bands !== undefined && (
            <Item
              sign={<SlidersHorizontal size={14} aria-hidden />}
              name="Thresholds…"
              run={() => {
                // After the menu is gone and has given the focus back.
                setTimeout(() => {
                  app.adjust(id);
                });
              }}
            />
          )}
          <Item
            sign={<Copy size={14} aria-hidden />}
            name="Copy its path"
            run={() => {
              void app.copy(source.path);
            }}
          />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item(props: {
  readonly sign: ReactNode;
  readonly name: string;
  readonly disabled?: boolean;
  readonly run: () => void;
}): ReactNode {
  return (
    <DropdownMenu.Item className="menu-item" disabled={props.disabled === true} onSelect={props.run}>
      {props.sign}
      <span>{props.name}</span>
    </DropdownMenu.Item>
  );
}

function sourceTitle(source: SourceRow): string {
  const what = shown(protocolWord(source.protocol), 60);
  const note = source.note === null ? what : `${what}, ${shown(source.note, 200)}`;
  return [shown(source.path, 400), note, standingOf(source).text].join('\n');
}

function sourceLabel(source: SourceRow): string {
  const progress = progressOf(source);
  const parts = [
    shown(source.title, 120),
    shown(protocolWord(source.protocol), 60),
    standingOf(source).text,
    progress === null ? null : progressWords(progress, source.protocol),
    `${formatCount(source.held)} held`,
    `${formatCount(source.stale)} stale`,
    source.findings.length === 1 ? '1 finding' : `${formatCount(source.findings.length)} findings`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
