import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { actionWord, type ClaimAction, type ClaimDetail, type ClaimRow, NO_SAFE_ACTION } from '../../core/model';
import { useApp, useAppState } from './app-context';
import { FILE_LOCK } from './protocol-words';

const KEYS: Record<ClaimAction, string> = { release: 'r', reap: 'R', 'force-release': 'F', terminate: 't', kill: 'K' };

/** `unknown`: its source cannot be read to its end. */
export type Gone = 'ended' | 'unknown';

const GONE_WORDS: Record<Gone, string> = {
  ended: 'Nothing is left to be done.',
  unknown: 'Nothing can be done to a claim that is not shown.',
};

interface Props {
  readonly row: ClaimRow;
  readonly detail: ClaimDetail | null;
  /** Why it is not in the picture any more; null while it is. */
  readonly gone: Gone | null;
}

const NOBODY_TO_SIGNAL =
  'Only its holder ends a kernel lock, and no holder is seen here that could be told to. Do not remove the file: who has it locked would go on, and the next one would lock another file.';

function noActionWords({ protocol }: ClaimRow, outOfReach: boolean): string {
  if (outOfReach) return 'Nothing can be done while the source is out of reach.';
  return protocol === FILE_LOCK ? NOBODY_TO_SIGNAL : NO_SAFE_ACTION;
}

/** What may be done to the claim. The dialog behind each button says exactly what, before anything is. */
export function DetailActions({ row, detail, gone }: Props): ReactNode {
  const app = useApp();
  const readOnly = useAppState((state) => state.hello?.readOnly === true);
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const outOfReach = useAppState((state) =>
    state.picture.sources.some((source) => source.id === row.sourceId && source.status.kind === 'out-of-reach'),
  );
  const actions = gone === null ? row.actions : [];
  const [main] = actions;
  const command = detail?.commands.find((one) => one.action === main) ?? detail?.commands[0];
  return (
    <footer className="detail-actions">
      {actions.length === 0 ? (
        <p className="small muted">{gone === null ? noActionWords(row, outOfReach) : GONE_WORDS[gone]}</p>
      ) : (
        readOnly && <p className="small muted">Read-only: a dialog shows what would be done, and does nothing.</p>
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
            {buttonWord(action, actions.length > 1)}…<kbd aria-hidden>{KEYS[action]}</kbd>
          </button>
        ))}
        {gone === null && command !== undefined && (
          <CopyButton text={command.command} compact={actions.length > 1 || main === 'terminate'} />
        )}
      </div>
    </footer>
  );
}

/** Two long words have no room beside each other. */
function buttonWord(action: ClaimAction, short: boolean): string {
  return short ? actionWord(action).replace(/ holder$/, '') : actionWord(action);
}

function buttonClass(action: ClaimAction, first: boolean): string {
  if (action === 'release') return first ? 'button button-primary' : 'button';
  return action === 'reap' || action === 'kill' ? 'button button-danger' : 'button button-danger-quiet';
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
        void app.copy(text).then((done) => {
          if (!done) return;
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
