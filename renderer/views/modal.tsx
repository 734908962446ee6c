import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';

interface Props {
  readonly title: ReactNode;
  /** The dialog asks for a decision about data. */
  readonly alert?: boolean;
  readonly className?: string;
  /** A visible title stands above the content; otherwise it is only for screen readers. */
  readonly titleHidden?: boolean;
  /** Escape, and a press beside the dialog where `alert` is not set. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A dialog above the window. The browser's own modal `<dialog>`: it makes the rest inert, keeps the focus inside,
 * and gives it back afterwards, without the style elements that dialog libraries inject (the page's policy forbids
 * those). What should have the focus first carries `data-autofocus`.
 */
export function Modal({
  title,
  alert = false,
  className = '',
  titleHidden = false,
  onClose,
  children,
}: Props): ReactNode {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  }, [onClose]);

  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    // Escape may come from the system as well (a back gesture), not only as a key.
    const onCancel = (event: Event): void => {
      event.preventDefault();
      close.current();
    };
    dialog.addEventListener('cancel', onCancel);
    return () => {
      dialog.removeEventListener('cancel', onCancel);
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  // What had the focus may be gone or disabled by now: then the focus goes where a new dialog would have it.
  useLayoutEffect(() => {
    const dialog = ref.current;
    const focused = document.activeElement;
    if (dialog?.contains(focused) === true && focused !== dialog && focused?.matches(':disabled') === false) return;
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus({ preventScroll: true });
  });

  return (
    <dialog
      ref={ref}
      className={`modal ${className}`}
      role={alert ? 'alertdialog' : 'dialog'}
      aria-labelledby={titleId}
      onKeyDown={(event) => {
        // The browser closes a modal dialog by itself at the second Escape; this way it is always ours.
        if (event.key === 'Escape') {
          event.preventDefault();
          onClose();
        }
      }}
      onMouseDown={(event) => {
        if (!alert && event.target === event.currentTarget) onClose();
      }}
    >
      <div className="modal-frame">
        <h2 id={titleId} className={titleHidden ? 'visually-hidden' : 'modal-title'}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
