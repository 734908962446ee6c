import type { ProtocolPort } from '../../core/port';
import type { Discover } from '../discovery/discover';
import { type Presence, remoteDiscover, remotePresence } from './remote-discovery';
import { RemoteSource } from './remote-source';
import { LostThread } from './source-thread';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool';

export interface RemoteProtocols {
  /** The same protocols: what they touch, they touch on other threads. */
  readonly protocols: readonly ProtocolPort[];
  /** Finds the sources of these protocols, also on other threads. */
  readonly discover: Discover;
  /** What there is at each of these paths (absolute), in their order. Never rejects; ends in bounded time. */
  readonly presence: (paths: readonly string[]) => Promise<readonly Presence[]>;
  /** Ends the threads, when all sources are closed. Resolves in bounded time, also when one of them hangs. */
  end(): Promise<void>;
}

/**
 * Has protocols recognise, open and read their sources on other threads, so that a disk that is slow or hangs keeps
 * no one else waiting. The threads, which run `serveProtocols`, must have the same protocols and a host of their own.
 */
export function remoteProtocols(
  protocols: readonly Pick<ProtocolPort, 'protocol' | 'bands'>[],
  options: ThreadPoolOptions,
): RemoteProtocols {
  const pool = new ThreadPool(options);
  const ports = protocols.map(
    ({ protocol, bands }): ProtocolPort => ({
      protocol,
      ...(bands === undefined ? {} : { bands }),
      recognise: (folder) => recognise(pool, protocol, folder),
      open: (folder) => new RemoteSource(protocol, folder, pool),
    }),
  );
  return {
    protocols: ports,
    discover: remoteDiscover(pool, ports),
    presence: (paths) => remotePresence(pool, paths),
    end: () => pool.end(),
  };
}

async function recognise(pool: ThreadPool, protocol: string, folder: string): Promise<string | null> {
  try {
    return await pool.pick().recognise(protocol, folder);
  } catch (error) {
    if (!(error instanceof LostThread) || error.why === 'stuck') throw error;
    return pool.pick().recognise(protocol, folder);
  }
}
