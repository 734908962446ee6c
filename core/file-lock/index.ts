/**
 * Advisory locks on files, as the task tools take them: taking them, and showing who holds and who waits.
 *
 * Not guaranteed: anything against programs that do not ask for the lock, between the two kinds of lock that a kernel
 * has, and against whoever removes a lock file that is held.
 */
export {
  type FileLock,
  type FileLockOptions,
  type FileLockOutcome,
  gitSyncLock,
  type LockOutcome,
  stateLock,
  type TryLockOutcome,
  taskLock,
  type WaitOptions,
} from './file-lock';
export { fileLockProtocol } from './port';
