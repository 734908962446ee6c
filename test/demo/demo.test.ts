import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHost } from '../../core/host/create-host';
import type { Verdict } from '../../core/model';
import { PROTOCOLS } from '../../core/protocols';
import { type Demo, startDemo } from '../../demo';
import { restFactor } from '../../demo/habits';
import { makeDemoFolder, sweepDemoFolders } from '../../demo/temp-folder';
import { createInspector } from '../../inspector';
import { builtProgram, removeBuiltPrograms } from '../helpers/built-program';

/** What agents of the demo wait for, one for the other. */
const PUSH = '.todo2/.git-sync.lock';

const ROOT = resolve(__dirname, '..', '..');
const { processes } = createHost();

let parent: string;
const tmpBefore = process.env['TMPDIR'];
beforeEach(async () => {
  parent = await mkdtemp(join(await realpath(tmpdir()), 'lockscope-test-demo-'));
  // What this process starts takes its temporary folders from here, so that nothing else is mistaken for ours.
  process.env['TMPDIR'] = parent;
});
afterAll(removeBuiltPrograms);
afterEach(async () => {
  if (tmpBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = tmpBefore;
  await rm(parent, { recursive: true, force: true });
});

/** The pids of the agents that work on a proof: they have it on their command line. */
function agentsAt(proof: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid &&
        commandLine(pid).includes(proof) &&
        commandLine(pid).some((arg) => /agent\.(ts|cjs)$/.test(arg)),
    );
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid.toString()}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > end) return false;
    await wait(50);
  }
  return true;
}

describe.runIf(process.platform === 'linux')('the demo', () => {
  it('shows every verdict and every family that a demo can have, readable all the time, and leaves nothing', {
    timeout: 70_000,
  }, async () => {
    const databaseProcess = await builtProgram('core/task-lease/database-process.ts');
    const demo = await startDemo();
    const inspector = createInspector({
      host: createHost({ databaseProcess }),
      protocols: PROTOCOLS,
      program: 'test 0',
      readOnly: true,
      dataFolder: join(parent, 'data'),
      watch: true,
    });
    const seen = new Set<Verdict>();
    const statuses = new Set<string>();
    const kinds = new Set<string>();
    const flags = new Set<string>();
    const waitedFor = new Set<string>();
    try {
      await inspector.open(demo.path);
      const project = await demo.project;
      if (project === null) throw new Error('There is no project of tasks.');
      await inspector.open(project);
      await inspector.settled();
      const look = (): void => {
        const { claims, sources } = inspector.snapshot();
        for (const claim of claims) {
          seen.add(claim.verdict);
          kinds.add(claim.kind);
          for (const flag of claim.flags ?? []) flags.add(flag);
          if ((claim.waiters ?? 0) > 0) waitedFor.add(claim.resource);
        }
        for (const source of sources) statuses.add(source.status.kind);
      };
      const all = await until(() => {
        look();
        return seen.size >= 3 && kinds.size >= 3 && flags.has('zombie-holder') && waitedFor.has(PUSH);
      }, 40_000);
      expect([...seen].sort(), 'verdicts').toEqual(['expired', 'expiring', 'live']);
      expect([...kinds].sort()).toEqual(['file-lock', 'node', 'task']);
      expect([...flags]).toEqual(['zombie-holder']);
      expect([...waitedFor]).toContain(PUSH);
      expect(all).toBe(true);
      expect([...statuses]).toEqual(['readable']);
      expect(inspector.snapshot().sources.flatMap(({ findings }) => findings)).toEqual([]);
      expect(inspector.snapshot().sources[0]?.note).toContain('living');
      expect(agentsAt(demo.path).length).toBeGreaterThanOrEqual(3);
      expect(agentsAt(project)).toHaveLength(3);
    } finally {
      await inspector.dispose();
      await demo.stop();
    }
    expect(agentsAt(demo.path)).toEqual([]);
    // The loader that runs the sources keeps a folder of its own there.
    expect((await readdir(parent)).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
    await demo.stop();
  });

  it('ends at once, even before its agents have begun', async () => {
    const demo: Demo = await startDemo();
    await demo.stop();
    expect(agentsAt(demo.path)).toEqual([]);
    expect(existsSync(dirname(demo.path))).toBe(false);
  });

  it('leaves no process when its parent is killed, and its folder goes with the next start', {
    timeout: 40_000,
  }, async () => {
    const script = `import { startDemo } from ${JSON.stringify(join(ROOT, 'demo', 'index.ts'))};
const demo = await startDemo();
console.log(demo.path);
setInterval(() => undefined, 1000);`;
    const file = join(parent, 'parent.mts');
    await writeFile(file, script);
    const killed = spawn(process.execPath, ['--import', join(ROOT, 'node_modules/tsx/dist/loader.mjs'), file], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const path = await firstLine(killed);
    expect(await until(() => agentsAt(path).length === 4, 10_000)).toBe(true);
    const pids = agentsAt(path);
    killed.kill('SIGKILL');
    expect(await until(() => pids.every((pid) => commandLine(pid).length <= 1), 5000)).toBe(true);
    expect(existsSync(path)).toBe(true);
    const next = await startDemo();
    expect(existsSync(dirname(path))).toBe(false);
    await next.stop();
  });
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`It ended with ${String(code)}.`));
    });
    child.stdout?.setEncoding('utf8').once('data', (text: string) => {
      done(text.trim());
    });
  });
}

describe('sweeping what a crash left', () => {
  const gone = { ...processes.self(), pid: 1, startTicks: 1 };
  const marked = async (name: string, owner: unknown): Promise<string> => {
    const folder = join(parent, name);
    await mkdir(folder);
    await writeFile(join(folder, 'owner.json'), typeof owner === 'string' ? owner : JSON.stringify(owner));
    return folder;
  };

  it.runIf(process.platform === 'linux')('removes only what is proven to be left', async () => {
    const left = await marked('lockscope-demo-left', gone);
    const running = makeDemoFolder(processes, parent);
    const kept = [
      running,
      await marked('lockscope-demo-other-host', { ...gone, host: 'elsewhere' }),
      await marked('lockscope-demo-rubbish', '{"pid": 1'),
      await marked('lockscope-demo-empty', {}),
      await marked('not-a-lockscope-demo', gone),
    ];
    const target = await marked('target', gone);
    const link = join(parent, 'lockscope-demo-link');
    await symlink(target, link);
    await sweepDemoFolders(processes, parent);
    expect(existsSync(left)).toBe(false);
    for (const folder of [...kept, target, link]) expect(existsSync(folder), folder).toBe(true);
  });

  it('does not mind a folder that is not there', async () => {
    await expect(sweepDemoFolders(processes, join(parent, 'nowhere'))).resolves.toBeUndefined();
  });
});

describe('a long demo', () => {
  it('slows down, and then rests', () => {
    expect([0, 4999, 5000, 10_000].map(restFactor)).toEqual([1, 1, 30, null]);
  });
});
