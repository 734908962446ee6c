import { type ReactNode, useId, useState } from 'react';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';
import { Modal } from './modal';

/** Opens a folder by its path, where the host has no folder picker or typing is quicker. */
export function AddSourceDialog(): ReactNode {
  const open = useAppState((state) => state.overlay === 'add-source');
  return open ? <OpenAddSource /> : null;
}

function OpenAddSource(): ReactNode {
  const app = useApp();
  const opening = useAppState((state) => state.opening);
  const [path, setPath] = useState('');
  const id = useId();
  const busy = opening.kind === 'opening';
  const close = (): void => {
    app.setOverlay('none');
  };
  return (
    <Modal title="Open a folder" className="small-modal" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (busy || path.trim() === '') return;
          void app.openPath(path.trim()).then((done) => {
            // It may have been closed meanwhile, and something else be open.
            if (done && app.store.getState().overlay === 'add-source') app.setOverlay('none');
          });
        }}
      >
        <div className="modal-body">
          <p className="consequence">
            The absolute path of a folder that holds an event ledger or a <code>.todo2</code> project, of one above
            several, or of any folder in which files are locked. Nothing is written there.
          </p>
          <div className="field">
            <label htmlFor={id} className="label">
              Path
            </label>
            <input
              id={id}
              className="input mono"
              data-autofocus
              autoComplete="off"
              spellCheck={false}
              maxLength={4096}
              placeholder="/home/you/projects"
              value={path}
              aria-invalid={opening.kind === 'failed'}
              aria-describedby={`${id}-state`}
              onChange={(event) => {
                setPath(event.target.value);
              }}
            />
            <p id={`${id}-state`} className="field-state wrap" role="status">
              {opening.kind === 'failed' ? <span className="tone-error">{shown(opening.message, 400)}</span> : ''}
              {busy ? 'Looking below it…' : ''}
            </p>
          </div>
        </div>
        <footer className="modal-foot">
          <span className="modal-note" />
          <button type="button" className="button" onClick={close}>
            {busy ? 'Close' : 'Cancel'}
          </button>
          <button type="submit" className="button button-primary" disabled={busy || path.trim() === ''}>
            {busy ? 'Opening…' : 'Open'}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
