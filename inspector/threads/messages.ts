import type { Finding } from '../../core/model';
import type { Reading, Source } from '../../core/port';
import type { DiscoverLimits, Discovery } from '../discovery/discover';

/**
 * What crosses between the thread that owns the window and a thread that touches sources. Plain data, heard in the
 * order in which it was sent. A number names a source, or a call, for as long as its thread lives.
 */
export type ToThread =
  /** The first of all: where the thread notes which source it is at work for. */
  | { readonly kind: 'begin'; readonly atWork: Int32Array }
  | { readonly kind: 'recognise'; readonly call: number; readonly protocol: string; readonly folder: string }
  | ({ readonly kind: 'discover'; readonly call: number } & WalkThere)
  | { readonly kind: 'is-there'; readonly call: number; readonly path: string }
  | { readonly kind: 'open'; readonly source: number; readonly protocol: string; readonly folder: string }
  | {
      readonly kind: 'read';
      readonly call: number;
      readonly source: number;
      readonly fresh: boolean;
      readonly check: boolean;
    }
  | ({ readonly kind: 'ask'; readonly call: number; readonly source: number } & Question)
  /** The signal of a call was aborted. */
  | { readonly kind: 'abort'; readonly call: number }
  /** The next part of a reading may come: the last one has been dealt with. */
  | { readonly kind: 'more'; readonly call: number }
  | { readonly kind: 'watch'; readonly source: number }
  | { readonly kind: 'unwatch'; readonly source: number }
  /** What still runs for it is brought to its end before. */
  | { readonly kind: 'close'; readonly source: number }
  | { readonly kind: 'ping' };

export type FromThread =
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  /** The source has no such method. */
  | { readonly kind: 'absent'; readonly call: number }
  | { readonly kind: 'broken'; readonly call: number; readonly message: string }
  | { readonly kind: 'part'; readonly call: number; readonly part: ReadingPart; readonly isLast: boolean }
  | { readonly kind: 'progress'; readonly call: number; readonly done: number; readonly total: number | null }
  /** A walk goes on to this path; when nothing follows, this is where it hangs. */
  | { readonly kind: 'at'; readonly call: number; readonly path: string }
  | { readonly kind: 'found'; readonly call: number; readonly protocol: string; readonly folder: string }
  | { readonly kind: 'hint'; readonly source: number }
  /** Nobody may watch this source. */
  | { readonly kind: 'unwatched'; readonly source: number }
  | { readonly kind: 'pong' };

/** What a walk is asked for: what it finds it tells one by one, how it ended is its answer. */
export interface WalkThere {
  readonly folder: string;
  readonly passOver: readonly string[];
  readonly limits: DiscoverLimits;
}
export type WalkEnd = Pick<Discovery, 'cutShort' | 'closed'>;

/** The methods of a source that are one question with one answer: whatever its port has, and will have. */
export type QuestionName = Exclude<keyof Source, 'description' | 'read' | 'watch' | 'close'>;
export type QuestionArgs<N extends QuestionName> = Parameters<NonNullable<Source[N]>>;
export type Answer<N extends QuestionName> = Awaited<ReturnType<NonNullable<Source[N]>>>;

export interface Question {
  readonly name: QuestionName;
  /** A signal cannot cross: where `isSignalled`, the last argument is without its `signal`, and gets one over there. */
  readonly args: readonly unknown[];
  readonly isSignalled: boolean;
}

type Lists = 'upserted' | 'removed' | 'transitions' | 'findings';

/** What a reading says besides its lists. */
export type ReadingHead = Omit<Reading, Lists>;

/** One part of a reading: put together in their order, the parts are the reading. */
export interface ReadingPart extends Pick<Reading, Exclude<Lists, 'findings'>> {
  /** In the first part alone. */
  readonly head: ReadingHead | null;
  readonly findings: readonly Finding[];
  /** The findings are those of the reading before. */
  readonly areFindingsTheSame: boolean;
}
