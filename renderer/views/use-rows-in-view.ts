import { type RefObject, useLayoutEffect, useState } from 'react';

/** Rows above and below those in view that are kept in the page as well. */
const OVERSCAN = 8;

export interface RowsInView {
  /** The first row to show. */
  readonly first: number;
  /** The row after the last one to show. */
  readonly end: number;
}

/**
 * Which of `count` rows of one height to keep in the page. All rows are of the same height, so a division tells it;
 * a library that measures rows keeps a list of all of them, which costs 13 ms a change with 50,000.
 */
export function useRowsInView(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  headHeight: number,
): RowsInView {
  const [view, setView] = useState<RowsInView>({ first: 0, end: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void => {
      const first = Math.floor(element.scrollTop / rowHeight) - OVERSCAN;
      const end = Math.ceil((element.scrollTop + element.clientHeight - headHeight) / rowHeight) + OVERSCAN;
      setView((before) => (before.first === first && before.end === end ? before : { first, end }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [scroller, rowHeight, headHeight]);
  // The list may have become shorter than where one has scrolled to; the browser scrolls back, but only afterwards.
  const end = Math.min(count, Math.max(0, view.end));
  return { first: Math.max(0, Math.min(view.first, end - (view.end - view.first))), end };
}
