import { Fragment, type ReactNode } from 'react';
import type { ClaimFlag } from '../../core/model';
import { useApp, useAppState } from './app-context';
import { FILTER_EXAMPLES } from './filter-words';
import { SHORTCUTS } from './keyboard';
import { Modal } from './modal';
import { FlagLabel, VerdictLabel } from './signs';

const MEANINGS = [
  ['live', 'The lease runs, or the kernel lists the lock. It says nothing of the health of its holder.'],
  ['expiring', 'Live, in the last part of its lease.'],
  ['expired', 'Time is up; the holder is not known to be gone.'],
  ['abandoned', 'The holder is proven gone, and the lease is over or there is none.'],
  ['unknown', 'The evidence does not decide.'],
] as const;

const FLAG_MEANINGS: Record<ClaimFlag, string> = {
  'two-holders': 'Somebody else has the same resource at the same time.',
  'zombie-holder': 'Its lease is over, and its holder is still there: it may go on writing.',
  'ghost-lease': 'Its lease runs, and nobody seems to work under it.',
};
const FLAGS = ['two-holders', 'zombie-holder', 'ghost-lease'] as const;

export function HelpDialog(): ReactNode {
  const app = useApp();
  const open = useAppState((state) => state.overlay === 'help');
  if (!open) return null;
  const close = (): void => {
    app.setOverlay('none');
  };
  return (
    <Modal title="Keys and signs" className="help-modal" onClose={close}>
      <div className="modal-body help" tabIndex={0} role="group" aria-label="Keys and signs">
        <dl className="help-keys">
          {SHORTCUTS.map((shortcut) => (
            <div key={shortcut.what}>
              <dt>
                {shortcut.keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{shortcut.what}</dd>
            </div>
          ))}
        </dl>
        <dl className="help-signs">
          {MEANINGS.map(([verdict, meaning]) => (
            <div key={verdict}>
              <dt>
                <VerdictLabel verdict={verdict} />
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
          {FLAGS.map((flag) => (
            <div key={flag}>
              <dt>
                <FlagLabel flag={flag} size={14} />
              </dt>
              <dd>{FLAG_MEANINGS[flag]}</dd>
            </div>
          ))}
        </dl>
        <p className="small muted">
          Filter by words, or by{' '}
          {FILTER_EXAMPLES.map((example, at) => (
            <Fragment key={example}>
              {at > 0 && ' '}
              <code>{example}</code>
            </Fragment>
          ))}
          ; a leading <code>-</code> excludes.
        </p>
      </div>
      <footer className="modal-foot">
        <span className="modal-note" />
        <button type="button" className="button" data-autofocus onClick={close}>
          Close
        </button>
      </footer>
    </Modal>
  );
}
