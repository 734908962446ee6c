import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasCommands } from '../core/file-lock/programs';
import { sleep, tempFolder } from '../helpers/inspect';
import { type CliBench, createBench, type JsonClaim, type JsonResults, parseList, parseResults } from './run-cli';

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

/** A project with a lock file, and Python that holds it with each of the given calls, and may ignore TERM. */
async function locked(calls: readonly string[], ignores: boolean): Promise<{ project: string; pids: number[] }> {
  const project = await tempFolder();
  mkdirSync(join(project, '.todo2'));
  const file = join(project, '.todo2', '.git-sync.lock');
  writeFileSync(file, '');
  const script = [
    'import fcntl,signal,sys,time',
    ignores ? 'signal.signal(signal.SIGTERM, signal.SIG_IGN)' : '',
    'f=open(sys.argv[1],"a+")',
    'getattr(fcntl,sys.argv[2])(f,fcntl.LOCK_EX)',
    'print("held",flush=True)',
    'time.sleep(60)',
  ].join('\n');
  const pids: number[] = [];
  for (const call of calls) {
    const child = spawn('python3', ['-c', script, file, call], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    pids.push(child.pid ?? 0);
  }
  return { project, pids };
}

async function claimsOf(project: string): Promise<readonly JsonClaim[]> {
  return parseList(await bench.run('ls', project, '--json')).claims;
}

async function end(project: string, seen: string, ...more: string[]): Promise<JsonResults & { code: number | null }> {
  const options = ['--seen', seen, '--reason', 'it hangs', '--yes', '--json', ...more];
  const run = await bench.run('terminate', project, '.todo2/.git-sync.lock', ...options);
  return { ...parseResults(run), code: run.code };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== 'linux' || !hasCommands('python3'))('terminate', () => {
  it('ends the holder that was seen, and says that the lock is gone', async () => {
    const { project, pids } = await locked(['lockf'], false);
    const [claim] = await claimsOf(project);
    const { results, code } = await end(project, claim?.seen ?? '');
    expect(results).toMatchObject([{ action: 'terminate', result: 'done' }]);
    expect(code).toBe(0);
    expect(pids.filter(runs)).toEqual([]);
    expect(await claimsOf(project)).toEqual([]);
  });

  it('kills one that does not listen, only when told to, and that is done', async () => {
    const { project, pids } = await locked(['lockf'], true);
    const [claim] = await claimsOf(project);
    const told = await end(project, claim?.seen ?? '');
    expect(told.results).toMatchObject([{ action: 'terminate', result: 'done' }]);
    expect(told.code).toBe(1);
    expect(pids.filter(runs)).toEqual(pids);
    const killed = await end(project, claim?.seen ?? '', '--then-kill');
    expect(killed.results).toMatchObject([
      { action: 'terminate', result: 'done' },
      { action: 'kill', result: 'done' },
    ]);
    expect(killed.code).toBe(0);
    expect(pids.filter(runs)).toEqual([]);
  }, 60_000);

  it('ends the one of two holders whose token it is given, and nobody for a token that is of no claim', async () => {
    const { project, pids } = await locked(['lockf', 'flock'], false);
    const claims = await claimsOf(project);
    expect(claims).toHaveLength(2);
    const nobody = await bench.run(
      'terminate',
      project,
      '.todo2/.git-sync.lock',
      '--seen',
      'x',
      '--reason',
      'r',
      '--yes',
    );
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain('--seen');
    expect(pids.filter(runs)).toEqual(pids);
    const flock = claims.find(({ evidence }) => evidence.some(({ detail }) => detail.includes('flock')));
    const { results } = await end(project, flock?.seen ?? '');
    expect(results).toMatchObject([{ result: 'done' }]);
    await sleep(50);
    expect(pids.filter(runs)).toEqual(pids.slice(0, 1));
  });
});
