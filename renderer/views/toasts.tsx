import { CircleCheck, Info, OctagonAlert, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Toast } from '../store/state';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';

const SIGNS = { done: CircleCheck, info: Info, warning: TriangleAlert, error: OctagonAlert } as const;

export function Toasts(): ReactNode {
  const toasts = useAppState((state) => state.toasts);
  return (
    <section className="toasts" aria-label="Notices">
      {toasts.map((toast) => (
        <ToastBox key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastBox({ toast }: { readonly toast: Toast }): ReactNode {
  const app = useApp();
  const Sign = SIGNS[toast.tone];
  return (
    <div
      className={`toast toast-${toast.tone}`}
      role={toast.tone === 'error' || toast.tone === 'warning' ? 'alert' : 'status'}
    >
      <Sign size={16} aria-hidden className={`sign tone-${toast.tone}`} />
      <div className="toast-words">
        <p className="toast-title wrap">{shown(toast.title, 300)}</p>
        {toast.text !== null && <p className="wrap">{shown(toast.text, 600)}</p>}
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label="Dismiss"
        onClick={() => {
          app.toasts.dismiss(toast.id);
        }}
      >
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}
