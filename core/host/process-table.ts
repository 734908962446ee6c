import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, resolve, sep } from 'node:path';
import { type PidFacts, type ProcessIdentity, type ProcessState, stateOfPid } from '../model';
import { errorCode } from './errors';
import type { HiddenProcess, NearbyProcess, ProcessTable } from './host';

/**
 * The process table of this machine: /proc on Linux, signals alone elsewhere.
 *
 * "Gone" is only said when it is proven: the pid is free, belongs to a process that started later, or the
 * machine was restarted. Everything else that is not "alive" is unknown.
 */
export function createProcessTable(initialNamespace = INITIAL_PID_NAMESPACE): ProcessTable {
  const self: ProcessIdentity = {
    host: hostIdentity(),
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    pidNamespace: pidNamespace(),
    pid: process.pid,
    startTicks: readStat(process.pid)?.startTicks ?? null,
  };
  return {
    self: () => self,
    stateOf: (identity) => stateOf(identity, self),
    stateOfPid: (pid, claimedAtMs) => stateOfPid(factsOf(pid, self.pidNamespace === initialNamespace), claimedAtMs),
    near: (folder) => processesNear(folder),
    hidden: () => hiddenProcesses(),
  };
}

function stateOf(identity: ProcessIdentity, self: ProcessIdentity): ProcessState {
  if (identity.host !== self.host) return { kind: 'unknown', why: 'other-host' };
  if (identity.bootId !== self.bootId) {
    const bothKnown = identity.bootId !== null && self.bootId !== null;
    // Without a machine id, two hosts of one name cannot be told from one that was restarted.
    return bothKnown && self.host.includes('/')
      ? { kind: 'gone', how: 'rebooted' }
      : { kind: 'unknown', why: 'other-host' };
  }
  if (identity.pidNamespace !== self.pidNamespace) return { kind: 'unknown', why: 'other-namespace' };
  if (signalled(identity.pid) === 'free') return { kind: 'gone', how: 'ended' };
  const stat = readStat(identity.pid);
  if (stat === null || identity.startTicks === null) return { kind: 'unknown', why: 'not-permitted' };
  if (stat.startTicks !== identity.startTicks) return { kind: 'gone', how: 'pid-reused' };
  return stat.ended ? { kind: 'gone', how: 'ended' } : { kind: 'alive' };
}

/** The kernel's own name for it. Only from there all processes of a machine can be seen. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';
/** Ticks of a second in the kernel's tables, the same on every machine that runs Linux. */
const TICKS_PER_SECOND = 100;

function factsOf(pid: number, allProcessesSeen: boolean): PidFacts {
  const stat = readStat(pid);
  const bootedAtMs = bootTimeMs();
  return {
    allProcessesSeen,
    bootedAtMs,
    pid: signalled(pid),
    startedAtMs:
      stat === null || bootedAtMs === null ? null : bootedAtMs + (stat.startTicks / TICKS_PER_SECOND) * 1_000,
    ended: stat?.ended ?? false,
    mayRunInside: () => mayRunInsideAs(pid),
  };
}

function signalled(pid: number): 'taken' | 'free' | 'not-permitted' {
  try {
    process.kill(pid, 0);
    return 'taken';
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? 'free' : 'not-permitted';
  }
}

/** Whether a process of a namespace inside of ours may have this pid there; true also where they cannot be seen. */
function mayRunInsideAs(pid: number): boolean {
  const pids = listPids();
  if (!pids.includes(1)) return true;
  return pids.some((each) => {
    let status: string;
    try {
      status = readFileSync(`/proc/${each.toString()}/status`, 'utf8');
    } catch (error) {
      // It ended since it was listed; of any other that cannot be read, nothing is known.
      return !['ENOENT', 'ESRCH'].includes(errorCode(error) ?? '');
    }
    const inside = /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split('\t').slice(1) ?? [];
    return inside.includes(pid.toString());
  });
}

/** When this machine was started, in unix ms by its clock as it is now; null where the system does not tell. */
function bootTimeMs(): number | null {
  const seconds = Number(/^btime (\d+)$/m.exec(readText('/proc/stat') ?? '')?.[1]);
  return Number.isSafeInteger(seconds) ? seconds * 1_000 : null;
}

/** The host's name and a digest of its machine id, so that two machines of one name are told apart. */
function hostIdentity(): string {
  const machineId = readText('/etc/machine-id');
  if (machineId === null || machineId === '') return hostname();
  return `${hostname()}/${createHash('sha256').update(`lockscope:${machineId}`).digest('hex').slice(0, 12)}`;
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/** Start time in clock ticks, and whether the process is only waiting to be collected. Null where it cannot be read. */
function readStat(pid: number): { readonly startTicks: number; readonly ended: boolean } | null {
  const stat = readText(`/proc/${pid.toString()}/stat`);
  if (stat === null) return null;
  // The command stands in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = Number(fields[19]);
  return Number.isSafeInteger(startTicks) ? { startTicks, ended: fields[0] === 'Z' || fields[0] === 'X' } : null;
}

function processesNear(folder: string): readonly NearbyProcess[] {
  const found: NearbyProcess[] = [];
  for (const pid of listPids()) {
    if (pid === process.pid) continue;
    const argv = readArgv(pid);
    // Without arguments it is a kernel thread, or one that we may not see.
    if (argv.length === 0) continue;
    const cwd = readLink(`/proc/${pid.toString()}/cwd`);
    if (cwd !== null && isInside(cwd, folder)) found.push({ pid, argv, how: 'working directory' });
    else if (argv.some((argument) => namesFolder(argument, cwd, folder)))
      found.push({ pid, argv, how: 'command line' });
  }
  return found;
}

function hiddenProcesses(): readonly HiddenProcess[] | null {
  const pids = listPids();
  // The first process is there for everybody to see, unless the system shows everybody only his own, or has no such list.
  if (!pids.includes(1)) return null;
  return pids.flatMap((pid): readonly HiddenProcess[] => {
    if (pid === process.pid) return [];
    const argv = readArgv(pid);
    return argv.length > 0 && isDenied(`/proc/${pid.toString()}/cwd`) ? [{ pid, argv }] : [];
  });
}

function isDenied(link: string): boolean {
  try {
    readlinkSync(link);
    return false;
  } catch (error) {
    const code = errorCode(error);
    return code === 'EACCES' || code === 'EPERM';
  }
}

function readArgv(pid: number): readonly string[] {
  const text = readText(`/proc/${pid.toString()}/cmdline`);
  return text?.split('\0').filter((argument) => argument !== '') ?? [];
}

function namesFolder(argument: string, cwd: string | null, folder: string): boolean {
  const path = argument.startsWith('-') ? argument.slice(argument.indexOf('=') + 1) : argument;
  if (isAbsolute(path)) return isInside(resolve(path), folder);
  return cwd !== null && path !== '' && isInside(resolve(cwd, path), folder);
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function listPids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 0);
  } catch {
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
