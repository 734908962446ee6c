import { constants as system } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { describeError } from './errors';
import { systemLibrary } from './system-library';

/**
 * Signals for exactly one process, never for a later one of the same number: it is held by a descriptor (`pidfd`), and
 * whoever holds that may look who it is before he sends anything.
 */
export interface ProcessSignals {
  open(pid: number): OpenProcess;
}

export type OpenProcess =
  | { readonly kind: 'opened'; readonly process: HeldProcess }
  | { readonly kind: 'gone' }
  | { readonly kind: 'broken'; readonly error: string };

export interface HeldProcess {
  /** `gone`: it has ended. Never throws. */
  send(
    signal: 'SIGTERM' | 'SIGKILL',
  ): { readonly kind: 'sent' | 'gone' | 'not-permitted' } | { readonly kind: 'broken'; readonly error: string };
  /** Has to be called. The process goes on. */
  close(): void;
}

export type ProcessSignalsOutcome =
  | { readonly kind: 'can'; readonly signals: ProcessSignals }
  /** Why, in a sentence. */
  | { readonly kind: 'cannot'; readonly reason: string };

let known: ProcessSignalsOutcome | null = null;

/** What this system can do. Loads the native library when it is first asked. Never throws. */
export function processSignals(): ProcessSignalsOutcome {
  known ??= load();
  return known;
}

/** The same on every machine that runs Linux; older C libraries have no names for them. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const CANNOT = 'This system has no way to signal a process that is safe from hitting a later one of the same number.';

type Syscall = (number: number, a: number, b: number, c: null, d: number) => number;

function load(): ProcessSignalsOutcome {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    return { kind: 'cannot', reason: CANNOT };
  try {
    const library = systemLibrary();
    const call = library.func('intptr_t syscall(intptr_t number, intptr_t a, intptr_t b, void *c, uint d)') as Syscall;
    const close = library.func('int close(int fd)') as (fd: number) => number;
    const errno = (): number => library.errno();
    const signals: ProcessSignals = { open: (pid) => open(pid, { call, close, errno }) };
    // A kernel before 5.3, or one whose calls are filtered, has none.
    const own = signals.open(process.pid);
    if (own.kind !== 'opened') return { kind: 'cannot', reason: CANNOT };
    own.process.close();
    return { kind: 'can', signals };
  } catch (error) {
    return { kind: 'cannot', reason: `The calls that signal a process could not be loaded: ${describeError(error)}.` };
  }
}

interface Calls {
  readonly call: Syscall;
  readonly close: (fd: number) => number;
  readonly errno: () => number;
}

function open(pid: number, { call, close, errno }: Calls): OpenProcess {
  const fd = call(PIDFD_OPEN, pid, 0, null, 0);
  if (fd < 0) {
    const code = errno();
    return code === system.errno.ESRCH ? { kind: 'gone' } : { kind: 'broken', error: wordsOf(code) };
  }
  let isOpen = true;
  return {
    kind: 'opened',
    process: {
      send: (signal) => {
        if (!isOpen) return { kind: 'broken', error: 'it was let go' };
        if (call(PIDFD_SEND_SIGNAL, fd, system.signals[signal], null, 0) === 0) return { kind: 'sent' };
        const code = errno();
        if (code === system.errno.ESRCH) return { kind: 'gone' };
        if (code === system.errno.EPERM) return { kind: 'not-permitted' };
        return { kind: 'broken', error: wordsOf(code) };
      },
      close: () => {
        if (isOpen) close(fd);
        isOpen = false;
      },
    },
  };
}

function wordsOf(number: number): string {
  const code = getSystemErrorName(-number);
  return describeError(Object.assign(new Error(code), { code }));
}
