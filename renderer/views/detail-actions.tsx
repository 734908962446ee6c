import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { actionWord, type ClaimAction, type ClaimDetail, type ClaimRow, NO_SAFE_ACTION } from '../../core/model';
import { copyText } from '../clipboard';
import { useApp, useAppState } from './app-context';

const KEYS: Record<ClaimAction, string> = { release: 'r', reap: 'R', 'force-release': 'F' };

interface Props {
  readonly row: ClaimRow;
  readonly detail: ClaimDetail | null;
  readonly ended: boolean;
}

function noActionWords(outOfReach: boolean): string {
  return outOfReach ? 'Nothing can be done while the source is out of reach.' : NO_SAFE_ACTION;
}

/** What may be done to the claim. The dialog behind each button says exactly what, before anything is. */
export function DetailActions({ row, detail, ended }: Props): ReactNode {
  const app = useApp();
  const readOnly = useAppState((state) => state.hello?.readOnly === true);
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const outOfReach = useAppState((state) =>
    state.picture.sources.some((source) => source.id === row.sourceId && source.status.kind === 'out-of-reach'),
  );
  const actions = ended ? [] : row.actions;
  const [main] = actions;
  const command = detail?.commands.find((one) => one.action === main) ?? detail?.commands[0];
  return (
    <footer className="detail-actions">
      {actions.length === 0 ? (
        <p className="small muted">{ended ? 'Nothing is left to be done.' : noActionWords(outOfReach)}</p>
      ) : (
        readOnly && <p className="small muted">Read-only: a dialog shows what would be written, and writes nothing.</p>
      )}
      <div className="button-row">
        {actions.map((action) => (
          <button
            key={action}
            type="button"
            className={buttonClass(action, action === main)}
            disabled={lost}
            aria-keyshortcuts={
              KEYS[action] === KEYS[action].toUpperCase() ? `Shift+${KEYS[action]}` : KEYS[action].toUpperCase()
            }
            title={lost ? 'There is no connection to Lockscope.' : undefined}
            onClick={() => {
              app.actions.begin(row.key, action);
            }}
          >
            {actionWord(action)}…<kbd aria-hidden>{KEYS[action]}</kbd>
          </button>
        ))}
        {!ended && command !== undefined && <CopyButton text={command.command} compact={actions.length > 1} />}
      </div>
    </footer>
  );
}

function buttonClass(action: ClaimAction, first: boolean): string {
  if (action === 'release') return first ? 'button button-primary' : 'button';
  return action === 'reap' ? 'button button-danger' : 'button button-danger-quiet';
}

function CopyButton({ text, compact }: { readonly text: string; readonly compact: boolean }): ReactNode {
  const app = useApp();
  const [copied, setCopied] = useState(false);
  const Sign = copied ? Check : Copy;
  return (
    <button
      type="button"
      className={compact ? 'button button-compact' : 'button'}
      title={compact ? `Copy command\n${text}` : text}
      onClick={() => {
        void copyText(text).then((done) => {
          if (!done) {
            app.toasts.add({ tone: 'warning', title: 'The clipboard could not be reached', text });
            return;
          }
          setCopied(true);
          setTimeout(() => {
            setCopied(false);
          }, 1500);
        });
      }}
    >
      <Sign size={13} aria-hidden />
      <span className={compact ? 'visually-hidden' : undefined}>{copied ? 'Copied' : 'Copy command'}</span>
    </button>
  );
}
