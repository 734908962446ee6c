import { Component, type ReactNode } from 'react';
import { shown } from '../text';

interface Props {
  /** What broke, to begin the sentence with. */
  readonly what: string;
  readonly children: ReactNode;
}

/** Keeps an error in one part of the window from taking the rest with it. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="empty" role="alert">
        <h2 className="empty-title">{this.props.what} could not be drawn</h2>
        <p className="empty-text">What was done is in the audit log. The error was: {shown(error.message)}</p>
        <div className="empty-actions">
          <button
            type="button"
            className="button"
            onClick={() => {
              this.setState({ error: null });
            }}
          >
            Draw it again
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              window.location.reload();
            }}
          >
            Reload the window
          </button>
        </div>
      </div>
    );
  }
}
