import type { Bridge } from '../../contract';
import { assertNever, type OpenOutcome } from '../../core/model';
import type { AppStore } from './state';
import type { Toasts } from './toasts';

/** Taking sources into the workspace. */
export interface Opening {
  /** Asks for a folder where the host can, otherwise for a path. */
  addSource(): void;
  /** True when something was opened there. Never rejects. */
  openPath(path: string): Promise<boolean>;
  dropped(files: readonly File[]): void;
}

export function createOpening(store: AppStore, bridge: Bridge, toasts: Toasts, askForPath: () => void): Opening {
  function opened(outcome: OpenOutcome): boolean {
    switch (outcome.kind) {
      case 'opened':
        store.setState({ opening: { kind: 'idle' }, tab: 'claims' });
        return true;
      case 'nothing-found':
        store.setState({ opening: { kind: 'failed', message: outcome.message } });
        return false;
      case 'cancelled':
        store.setState({ opening: { kind: 'idle' } });
        return false;
      default:
        return assertNever(outcome);
    }
  }

  async function openPath(path: string): Promise<boolean> {
    store.setState({ opening: { kind: 'opening', path } });
    const reply = await bridge.request('open', { path });
    const isOpened = reply.ok && opened(reply.value);
    if (!reply.ok) store.setState({ opening: { kind: 'failed', message: reply.message } });
    tellFailure();
    return isOpened;
  }

  async function pickFolder(): Promise<void> {
    store.setState({ opening: { kind: 'opening', path: null } });
    const reply = await bridge.request('pickFolder', {});
    if (reply.ok) opened(reply.value);
    else store.setState({ opening: { kind: 'failed', message: reply.message } });
    tellFailure();
  }

  /** Outside of its dialog, a path that could not be opened is told in a toast. */
  function tellFailure(): void {
    const { opening, overlay } = store.getState();
    if (opening.kind !== 'failed' || overlay === 'add-source') return;
    toasts.add({ tone: 'warning', title: 'Nothing was opened', text: opening.message });
    store.setState({ opening: { kind: 'idle' } });
  }

  async function openEach(paths: readonly string[]): Promise<void> {
    for (const path of paths) await openPath(path);
  }

  return {
    openPath,
    addSource() {
      if (store.getState().hello?.canPickFolder === true) void pickFolder();
      else askForPath();
    },
    dropped(files) {
      const paths = files.map((file) => bridge.droppedPath?.(file) ?? null).filter((path) => path !== null);
      if (paths.length > 0) {
        void openEach(paths);
        return;
      }
      askForPath();
      toasts.add({
        tone: 'info',
        title: 'A browser does not tell where a folder lies',
        text: 'Type its path instead.',
      });
    },
  };
}
