import { CircleCheck, Info, OctagonAlert, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../format';
import type { Toast } from '../store/state';
import { shownToasts } from '../store/toasts';
import { shown } from '../text';
import { useApp, useAppState } from './app-context';
import { LongText } from './long-text';

/** Text of so many characters may be higher than its place, and is scrolled by keys too. */
const SCROLLS_FROM = 180;

const SIGNS = { done: CircleCheck, info: Info, warning: TriangleAlert, error: OctagonAlert } as const;

export function Toasts(): ReactNode {
  const app = useApp();
  const toasts = useAppState((state) => state.toasts);
  const inView = shownToasts(toasts);
  const waiting = toasts.length - inView.length;
  return (
    <section className="toasts" aria-label="Notices">
      {inView.map((toast) => (
        <ToastBox key={toast.id} toast={toast} />
      ))}
      {waiting > 0 && (
        <div className="toast toast-more" role="status">
          <p className="toast-words numbers">
            {waiting === 1 ? '1 more notice' : `${formatCount(waiting)} more notices`} when these are dismissed
          </p>
          <button
            type="button"
            className="link"
            onClick={() => {
              app.toasts.dismissAll();
            }}
          >
            Dismiss all
          </button>
        </div>
      )}
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
        <p className="toast-title wrap">{shown(toast.title, 120)}</p>
        {toast.text !== null && (
          <p className="wrap toast-text" tabIndex={toast.text.length > SCROLLS_FROM ? 0 : undefined}>
            <LongText text={toast.text} />
          </p>
        )}
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
