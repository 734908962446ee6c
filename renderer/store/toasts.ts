import type { Clock } from './clock';
import type { AppStore, Toast } from './state';

const SHOWN_MS = 7_000;
/** So many are shown at once, which a small window has room for; what is loud and has no place waits for one. */
const AT_ONCE = 3;
/** Beyond so many that are loud nobody reads them one by one: the oldest go. */
const LOUD_AT_MOST = 100;

/** What a host answers a request with that is no question. */
type Answer = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface Toasts {
  /** What went well goes away by itself; warnings and errors stay until they are dismissed. Returns the toast's id. */
  add(toast: Omit<Toast, 'id'>): number;
  /** Says so where the host did not do what it was asked for. Never rejects. */
  ifRefused(what: Promise<Answer>): Promise<void>;
  dismiss(id: number): void;
  dismissAll(): void;
}

export function createToasts(store: AppStore, clock: Clock): Toasts {
  let nextId = 1;
  const dismiss = (id: number): void => {
    store.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
  };
  const add = (toast: Omit<Toast, 'id'>): number => {
    const id = nextId;
    nextId += 1;
    store.setState((state) => ({ toasts: bounded([...state.toasts, { ...toast, id }]) }));
    if (!isLoud(toast)) {
      clock.after(SHOWN_MS, () => {
        dismiss(id);
      });
    }
    return id;
  };
  return {
    add,
    dismiss,
    async ifRefused(what) {
      const reply = await what;
      if (!reply.ok) add({ tone: 'error', title: 'That did not work', text: reply.message });
    },
    dismissAll() {
      store.setState({ toasts: [] });
    },
  };
}

/** Warnings and errors: nothing but the operator takes them away. */
function isLoud({ tone }: Pick<Toast, 'tone'>): boolean {
  return tone === 'warning' || tone === 'error';
}

/** Makes room by letting the oldest of what is not loud go. */
function bounded(toasts: readonly Toast[]): readonly Toast[] {
  let tooMany = toasts.length - AT_ONCE;
  const kept = toasts.filter((toast) => isLoud(toast) || tooMany-- <= 0);
  return kept.slice(-LOUD_AT_MOST);
}

/** Those that are shown, oldest first: the newest errors before all else, then the newest of the others. */
export function shownToasts(toasts: readonly Toast[]): readonly Toast[] {
  const rank = (toast: Toast): number => (toast.tone === 'error' ? 0 : isLoud(toast) ? 1 : 2);
  const first = [...toasts].sort((a, b) => rank(a) - rank(b) || b.id - a.id).slice(0, AT_ONCE);
  return first.sort((a, b) => a.id - b.id);
}
