import type { Clock } from './clock';
import type { AppStore, Toast } from './state';

const SHOWN_MS = 7_000;
const AT_MOST = 5;

export interface Toasts {
  /** What went well goes away by itself; warnings and errors stay until they are dismissed. */
  add(toast: Omit<Toast, 'id'>): void;
  dismiss(id: number): void;
}

export function createToasts(store: AppStore, clock: Clock): Toasts {
  let nextId = 1;
  const dismiss = (id: number): void => {
    store.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
  };
  return {
    dismiss,
    add(toast) {
      const id = nextId;
      nextId += 1;
      store.setState((state) => ({ toasts: [...state.toasts, { ...toast, id }].slice(-AT_MOST) }));
      if (toast.tone === 'done' || toast.tone === 'info') {
        clock.after(SHOWN_MS, () => {
          dismiss(id);
        });
      }
    },
  };
}
