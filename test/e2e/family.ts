import { readdirSync, readFileSync } from 'node:fs';

/** The command lines, by pid, of all processes whose environment names this data folder: a start and its children. */
export function family(home: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  if (process.platform !== 'linux') return found;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(`LOCKSCOPE_HOME=${home}`)) continue;
      found.set(Number(name), readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** A process and everything that it started, told apart from later ones with the same pid. */
export type Kin = ReadonlySet<string>;

/** Chromium writes over the environment of its children, so those are found by their parents. Take it while they run. */
export function kinOf(pid: number): Kin {
  const pids = pidsOf(pid);
  return new Set(
    processes()
      .filter((each) => pids.has(each.pid))
      .map((each) => each.identity),
  );
}

/** A process and everything that it started, as of now. */
export function pidsOf(pid: number): ReadonlySet<number> {
  const all = processes();
  const pids = new Set([pid]);
  // A child has its parent's number before it has its own: as many rounds as there are generations.
  for (let before = 0; before < pids.size; ) {
    before = pids.size;
    for (const each of all) if (pids.has(each.parent)) pids.add(each.pid);
  }
  return pids;
}

/** Those of them that draw pages. */
export function rendererPidsOf(pid: number): ReadonlySet<number> {
  return new Set([...pidsOf(pid)].filter((each) => commandLine(each).includes('--type=renderer')));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid.toString()}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It ended while we looked.
    return '';
  }
}

/** Those of them that still run. */
export function alive(kin: Kin): readonly string[] {
  return processes()
    .map((each) => each.identity)
    .filter((identity) => kin.has(identity));
}

function processes(): readonly { readonly pid: number; readonly parent: number; readonly identity: string }[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name of the program stands in brackets and may hold anything, spaces too.
        const end = stat.lastIndexOf(')');
        const [state, parent, ...rest] = stat.slice(end + 2).split(' ');
        // A zombie has ended; its parent has only not asked yet.
        if (state === 'Z') return [];
        return [{ pid: Number(name), parent: Number(parent), identity: `${stat.slice(0, end + 1)} ${rest[17] ?? ''}` }];
      } catch {
        return [];
      }
    });
}
