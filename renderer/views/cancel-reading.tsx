import type { ReactNode } from 'react';
import type { SourceRow } from '../../core/model';
import { shown } from '../text';
import { useApp } from './app-context';

/** Gives the first reading of a source up. */
export function CancelReading({ source }: { readonly source: SourceRow }): ReactNode {
  const app = useApp();
  return (
    <button
      type="button"
      className="link"
      aria-label={`Cancel the reading of ${shown(source.title, 80)}`}
      onClick={() => {
        app.sources.cancelReading(source.id);
      }}
    >
      Cancel
    </button>
  );
}
