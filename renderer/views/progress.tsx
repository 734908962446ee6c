import type { ReactNode } from 'react';

/** A bar for the eye; the words stand beside it. */
export function Progress({ done, total }: { readonly done: number; readonly total: number | null }): ReactNode {
  const share = total === null || total === 0 ? null : Math.min(1, done / total);
  return (
    <span className={share === null ? 'progress progress-unknown' : 'progress'} aria-hidden>
      <span className="progress-fill" style={share === null ? {} : { transform: `scaleX(${share.toFixed(3)})` }} />
    </span>
  );
}
