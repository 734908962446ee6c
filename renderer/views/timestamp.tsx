import type { ReactNode } from 'react';
import type { Instant } from '../../core/model';
import { day, timeOfDay } from '../format';
import { useNow } from './app-context';

/** The time of day of an instant, with its day where that is not today; the exact text is one hover away. */
export function Timestamp({ instant }: { readonly instant: Instant }): ReactNode {
  const today = day(useNow());
  const that = day(instant.ms);
  return (
    <time className="time numbers" dateTime={instant.text} title={instant.text}>
      {that === today ? '' : `${that} `}
      {timeOfDay(instant.ms)}
    </time>
  );
}
