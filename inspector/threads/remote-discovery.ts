import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { describeError } from '../../core/host/errors';
import { quoteHostile } from '../../core/model';
import type { ProtocolPort } from '../../core/port';
import type { Discover, Discovery, FoundSource } from '../discovery/discover';
import { DISCOVER_LIMITS } from '../discovery/discover';
import { HELD_AFTER_S, LostThread } from './source-thread';
import type { ThreadPool } from './thread-pool';

/** Places below the opened one that do not answer, each of which costs a thread and its patience: the next ends the walk. */
const UNANSWERED_AT_MOST = 3;
/** A walk whose thread ends, or is held up by somebody else, is begun so often. */
const ATTEMPTS = 3;
/** After this long, in ms, nobody waits any more, whatever the threads do: more than one needs to start on a busy machine. */
const ALTOGETHER_MS = 30_000;
/** Each walk after a place that did not answer has at least this long, in ms. */
const WALK_AT_LEAST_MS = 1_000;

const NOTHING: Discovery = { found: [], cutShort: null, closed: null };
const UNANSWERED = `did not answer for ${HELD_AFTER_S.toString()} s`;

/**
 * Discovery on other threads. A place that does not answer holds up the thread that touched it; the walk goes on around
 * it on another one, and says so. Ends in bounded time.
 */
export function remoteDiscover(pool: ThreadPool, ports: readonly ProtocolPort[]): Discover {
  return async (start, signal) => {
    const over = new AbortController();
    const abort = (): void => over.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const walk = new RemoteWalk(pool, ports, start, over.signal);
    try {
      return await Promise.race([
        walk.run(),
        pause(ALTOGETHER_MS, null, { signal: over.signal, ref: false }).then(
          () => walk.result(`it took longer than ${(ALTOGETHER_MS / 1000).toString()} s`, null),
          () => NOTHING,
        ),
      ]);
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
    }
  };
}

class RemoteWalk {
  readonly #pool: ThreadPool;
  readonly #ports: readonly ProtocolPort[];
  readonly #start: string;
  readonly #signal: AbortSignal;
  readonly #found = new Map<string, FoundSource>();
  readonly #unanswered: string[] = [];
  #at: string;

  constructor(pool: ThreadPool, ports: readonly ProtocolPort[], start: string, signal: AbortSignal) {
    this.#pool = pool;
    this.#ports = ports;
    this.#start = start;
    this.#signal = signal;
    this.#at = start;
  }

  async run(): Promise<Discovery> {
    const beganMs = performance.now();
    for (let attempt = 1; ; ) {
      const left = Math.max(WALK_AT_LEAST_MS, DISCOVER_LIMITS.ms - (performance.now() - beganMs));
      this.#at = this.#start;
      try {
        const { cutShort, closed } = await this.#walk({ ...DISCOVER_LIMITS, ms: Math.round(left) });
        return this.result(cutShort, closed);
      } catch (error) {
        if (this.#signal.aborted) return NOTHING;
        if (error instanceof LostThread && error.why === 'stuck') {
          if (this.#at === this.#start) return this.result(null, `its disk ${UNANSWERED}`);
          this.#unanswered.push(this.#at);
          if (this.#unanswered.length > UNANSWERED_AT_MOST) return this.result(null, null);
        } else if (error instanceof LostThread && attempt < ATTEMPTS) attempt += 1;
        else return this.result(describeError(error), null);
      }
    }
  }

  /** What was found so far, by all walks. */
  result(cutShort: string | null, closed: string | null): Discovery {
    const found = [...this.#found.values()].sort((a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0));
    const [first, ...others] = this.#unanswered;
    if (first === undefined) return { found, cutShort, closed: found.length > 0 ? null : closed };
    const more = others.length === 0 ? '' : ` and ${others.length.toString()} more`;
    return { found, cutShort: `${quoteHostile(first, 1000)}${more} ${UNANSWERED}`, closed: null };
  }

  #walk(limits: typeof DISCOVER_LIMITS) {
    const walk = { folder: this.#start, passOver: [...this.#unanswered], limits };
    return this.#pool.pick().discover(walk, this.#signal, {
      at: (place) => {
        this.#at = place;
      },
      found: (protocol, folder) => {
        const port = this.#ports.find((each) => each.protocol === protocol);
        if (port !== undefined) this.#found.set(`${protocol}\0${folder}`, { port, folder });
      },
    });
  }
}

/** Whether there is something at a path; a disk that does not answer does not tell. */
export type Presence = 'there' | 'missing' | 'no answer';

/** What there is at each of these paths (absolute), in their order. Never rejects; ends in bounded time. */
export async function remotePresence(pool: ThreadPool, paths: readonly string[]): Promise<readonly Presence[]> {
  const answers = new Map<string, Presence>();
  const ask = async (): Promise<void> => {
    for (let attempt = 1; attempt <= ATTEMPTS && answers.size < new Set(paths).size; attempt += 1) {
      const thread = pool.pick();
      const open = paths.filter((path) => !answers.has(path));
      await Promise.all(
        open.map(async (path) => {
          try {
            answers.set(path, (await thread.isThere(path)) ? 'there' : 'missing');
          } catch (error) {
            if (!(error instanceof LostThread) || error.why === 'stuck') answers.set(path, 'no answer');
          }
        }),
      );
    }
  };
  const patience = new AbortController();
  const late = pause(ALTOGETHER_MS, undefined, { signal: patience.signal, ref: false }).catch(() => undefined);
  await Promise.race([ask().catch(() => undefined), late]);
  patience.abort();
  return paths.map((path) => answers.get(path) ?? 'no answer');
}
