import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import type { ProcessIdentity } from '../model';
import { errorCode } from './errors';
import type { LockProcess } from './kernel-locks';

/** What a process has open, as far as it can be seen. */
export type OpenFiles =
  | { readonly kind: 'seen'; readonly folder: string; readonly fds: readonly string[] }
  /** It runs, but cannot be looked at: mostly because this user may not. */
  | { readonly kind: 'not-permitted' }
  | { readonly kind: 'gone' };

/** What tells one file from another. */
export interface FileIdentity {
  readonly inode: bigint;
  readonly device: bigint;
}

let room = Buffer.allocUnsafe(1 << 16);
/** A descriptor that has very many locks tells of them all. */
const MOST_BYTES = 4 << 20;
const TICKS_PER_SECOND = 100;
const COMMAND_AT_MOST = 4096;

/** The processes of a machine, as `/proc` tells of them. Nothing here throws: who cannot be seen is not there. */
export class ProcFiles {
  readonly #root: string;
  readonly #self: ProcessIdentity;
  readonly #hasEnded: (pid: number) => boolean;
  /** By pid: what was told of it, as long as it is the same process that runs the same program. */
  readonly #known = new Map<number, { readonly stat: string; readonly process: LockProcess }>();
  #bootedAtMs: number | null | undefined;
  #users: ReadonlyMap<number, string> | null = null;

  /**
   * `root`: where `/proc` is. `self`: this process, for what all processes of a machine have in common. `hasEnded`: what
   * the system says of a process that `/proc` does not show; it may be hidden there from this user.
   */
  constructor(root: string, self: ProcessIdentity, hasEnded: (pid: number) => boolean = isNoProcess) {
    this.#root = root;
    this.#self = self;
    this.#hasEnded = hasEnded;
  }

  get root(): string {
    return this.#root;
  }

  get self(): ProcessIdentity {
    return this.#self;
  }

  pids(): readonly number[] {
    const pids: number[] = [];
    for (const name of this.#list(this.#root) ?? []) {
      if (isNumber(name)) pids.push(Number(name));
    }
    return pids;
  }

  /**
   * A process that runs; null where there is none of this pid. `anew`: its arguments and its user are read again, too.
   * The very same object as the last time, where nothing differs.
   */
  process(pid: number, anew = false): LockProcess | null {
    const folder = `${this.#root}/${pid.toString()}`;
    const stat = readText(`${folder}/stat`);
    const end = stat?.lastIndexOf(')') ?? -1;
    if (stat === null || end < 0) return null;
    const fields = stat.slice(end + 2).split(' ');
    const ticks = Number(fields[19]);
    const startTicks = Number.isSafeInteger(ticks) && fields[19] !== undefined ? ticks : null;
    // A program that starts another in its own place keeps its start; its name changes.
    const print = `${stat.slice(0, end)} ${String(startTicks)}`;
    const known = this.#known.get(pid);
    const name = stat.slice(stat.indexOf('(') + 1, end);
    if (known?.stat === print) {
      if (!anew) return known.process;
      const { command, user } = known.process;
      if (this.#command(folder, name) === command && this.#user(folder) === user) return known.process;
    }
    const process: LockProcess = {
      identity: { ...this.#self, pid, startTicks },
      command: this.#command(folder, name),
      user: this.#user(folder),
      startedAtMs: this.#startedAtMs(startTicks),
      namespace: readLink(`${folder}/ns/pid`),
    };
    this.#known.set(pid, { stat: print, process });
    return process;
  }

  /** Forgets those who are not among `pids`. */
  keepOnly(pids: Iterable<number>): void {
    const kept = new Set(pids);
    for (const pid of this.#known.keys()) if (!kept.has(pid)) this.#known.delete(pid);
  }

  openFiles(pid: number): OpenFiles {
    const folder = `${this.#root}/${pid.toString()}`;
    try {
      const fds = readdirSync(`${folder}/fd`);
      if (fds.length > 0) return { kind: 'seen', folder, fds };
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EACCES' || code === 'EPERM') return { kind: 'not-permitted' };
      return this.#unseen(pid);
    }
    return this.#filesOfThreads(folder, pid);
  }

  /** The first thread of a program may end before the others: they have its files then. */
  #filesOfThreads(folder: string, pid: number): OpenFiles {
    const stat = readText(`${folder}/stat`);
    if (stat === null) return this.#unseen(pid);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (!/^[ZX]$/.test(fields[0] ?? '')) return { kind: 'seen', folder, fds: [] };
    for (const thread of this.#list(`${folder}/task`) ?? []) {
      const fds = thread === pid.toString() ? null : this.#list(`${folder}/task/${thread}/fd`);
      if (fds !== null && fds.length > 0) return { kind: 'seen', folder: `${folder}/task/${thread}`, fds };
    }
    return { kind: 'gone' };
  }

  #unseen(pid: number): OpenFiles {
    return { kind: this.#hasEnded(pid) ? 'gone' : 'not-permitted' };
  }

  /** Where a descriptor leads; null where that is no path. A file without a name has ` (deleted)` behind it. */
  linkOf(folder: string, fd: string): string | null {
    const link = readLink(`${folder}/fd/${fd}`);
    return link?.startsWith('/') === true ? link : null;
  }

  /** What the kernel tells of a descriptor, or an empty text. */
  fdinfo(folder: string, fd: string): string {
    return readText(`${folder}/fdinfo/${fd}`) ?? '';
  }

  identityOfOpen(folder: string, fd: string): FileIdentity | null {
    return identityAt(`${folder}/fd/${fd}`);
  }

  /** The kernel's name of the mount namespace in which the process names its files; null where it is not told. */
  mountsOf(pid: number | 'self'): string | null {
    return readLink(`${this.#root}/${pid.toString()}/ns/mnt`);
  }

  #command(folder: string, name: string): string {
    const line = readText(`${folder}/cmdline`) ?? '';
    const argv = line
      .slice(0, COMMAND_AT_MOST)
      .split('\0')
      .filter((argument) => argument !== '');
    return argv.length > 0 ? argv.join(' ') : `[${name}]`;
  }

  #user(folder: string): string | null {
    let uid: number;
    try {
      uid = statSync(folder).uid;
    } catch {
      return null;
    }
    this.#users ??= usersOfThisMachine();
    return this.#users.get(uid) ?? uid.toString();
  }

  #startedAtMs(startTicks: number | null): number | null {
    if (this.#bootedAtMs === undefined) {
      const seconds = Number(/^btime (\d+)$/m.exec(readText(`${this.#root}/stat`) ?? '')?.[1]);
      this.#bootedAtMs = Number.isSafeInteger(seconds) ? seconds * 1_000 : null;
    }
    if (this.#bootedAtMs === null || startTicks === null) return null;
    return this.#bootedAtMs + (startTicks / TICKS_PER_SECOND) * 1_000;
  }

  #list(folder: string): readonly string[] | null {
    try {
      return readdirSync(folder);
    } catch {
      return null;
    }
  }
}

/** The file that stands at a path, of which only the last link is followed by the system; null where there is none. */
export function identityAt(path: string): FileIdentity | null {
  try {
    const { ino, dev } = statSync(path, { bigint: true });
    return { inode: ino, device: dev };
  } catch {
    return null;
  }
}

export function isSameFile(a: FileIdentity | null, b: FileIdentity | null): boolean {
  return a !== null && b !== null && a.inode === b.inode && a.device === b.device;
}

/** Whether the system is sure that there is no such process. */
function isNoProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

function isNumber(name: string): boolean {
  return /^[1-9]\d{0,9}$/.test(name);
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** A small file of `/proc` in one go, 4 MiB of it at most; null where it cannot be read. */
function readText(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    let length = 0;
    while (length < MOST_BYTES) {
      if (length === room.length) room = Buffer.concat([room], length * 2);
      const count = readSync(fd, room, length, room.length - length, null);
      length += count;
      // These files are given whole, or a page at a time.
      if (count === 0 || count < 1024) break;
    }
    return room.toString('utf8', 0, length);
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function usersOfThisMachine(): ReadonlyMap<number, string> {
  const users = new Map<number, string>();
  let text: string;
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return users;
  }
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':');
    if (name !== '' && /^\d+$/.test(uid) && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}
