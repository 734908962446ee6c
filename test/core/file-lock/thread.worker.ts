import { parentPort, workerData } from 'node:worker_threads';
import { stateLock } from '../../../core/file-lock';

// On a thread of its own: tries once to take the state lock of the project that it is given.

const made = stateLock(String(workerData));
parentPort?.postMessage(made.kind === 'ready' ? made.lock.tryLock().kind : made.kind);
