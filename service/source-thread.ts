import { parentPort, workerData } from 'node:worker_threads';
import { createHost } from '../core/host/create-host';
import type { Host } from '../core/host/host';
import { PROTOCOLS } from '../core/protocols';
import { serveProtocols } from '../inspector/threads/serve-protocols';

// A program of its own: a thread that touches sources, for a host whose own thread must not.

/** What the thread is given for its host. */
export type LentHost = Pick<Host, 'readingThread' | 'databaseProcess' | 'memos'>;

if (parentPort === null) throw new Error('This runs as a thread of Lockscope.');
serveProtocols({ port: parentPort, protocols: PROTOCOLS, host: createHost(workerData as LentHost) });
