import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliBench,
  contentOf,
  createBench,
  eventFile,
  type JsonClaim,
  nodeCreated,
  nodesClaimed,
  PROOF_INITIALIZED,
  parseList,
  parseResults,
} from './run-cli';

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

async function claimsOf(path: string): Promise<readonly JsonClaim[]> {
  return parseList(await bench.run('ls', path, '--json')).claims;
}

async function seenOf(path: string, resource: string): Promise<string> {
  return (await claimsOf(path)).find((claim) => claim.resource === resource)?.seen ?? '';
}

/** Ada and bo hold live claims, cy an expired one. */
function mixedProof(): Promise<string> {
  return bench.proof([
    PROOF_INITIALIZED,
    ...['1', '1.1', '1.2', '1.3'].map((id) => nodeCreated(id)),
    nodesClaimed(['1.1'], 'ada', 600),
    nodesClaimed(['1.2'], 'bo', 600),
    nodesClaimed(['1.3'], 'cy', -60),
  ]);
}

describe('reap', () => {
  it('with --dry-run tells the exact event and writes nothing', async () => {
    const proof = await bench.recording('three-agents');
    const before = await contentOf(proof);
    const run = await bench.run('reap', proof, '1.2', '--dry-run');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('Reap 1.2 from verifier-bo');
    expect(run.stdout).toContain('000013.json');
    expect(run.stdout).toContain('"type":"nodes_released"');
    expect(run.stdout).toContain('Lease ended');
    const json = parseResults(await bench.run('reap', proof, '1.2', '--dry-run', '--json')).results;
    expect(json).toHaveLength(1);
    expect(json[0]).toMatchObject({ source: proof, resource: '1.2', action: 'reap', result: 'planned' });
    expect(json[0]?.writes?.[0]).toMatchObject({ file: expect.stringContaining('000013.json') as string });
    expect(json[0]?.evidence).not.toEqual([]);
    expect(await contentOf(proof)).toEqual(before);
  });

  it('writes exactly one event, and a second time refuses with 1', async () => {
    const proof = await bench.recording('three-agents');
    const before = await contentOf(proof);
    const run = await bench.run('reap', proof, '1.2', '--yes', '--reason', 'its lease is over');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^1\.2: .+\.\n$/);
    const after = await contentOf(proof);
    const added = [...after].filter(([file]) => !before.has(file));
    expect(added.map(([file]) => file)).toEqual([eventFile(proof, 13)]);
    expect(JSON.parse(added[0]?.[1] ?? '')).toMatchObject({ type: 'nodes_released', node_ids: ['1.2'] });
    expect(added[0]?.[1]).toMatch(/^\{"type":/);
    for (const [file, content] of before) expect(after.get(file)).toBe(content);
    expect((await claimsOf(proof)).map((c) => c.resource)).toEqual(['1.1', '1.3']);

    const again = await bench.run('reap', proof, '1.2', '--yes');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('Nobody holds 1.2');
    expect(await contentOf(proof)).toEqual(after);
  });

  it('of all that is stale leaves what is live', async () => {
    const proof = await mixedProof();
    const run = await bench.run('reap', proof, '--all-stale', '--yes', '--json');
    expect(run.code).toBe(0);
    expect(parseResults(run).results).toMatchObject([{ resource: '1.3', result: 'done' }]);
    expect((await claimsOf(proof)).map((c) => c.holder.name)).toEqual(['ada', 'bo']);

    const nothing = await bench.run('reap', proof, '--all-stale', '--yes');
    expect(nothing).toMatchObject({ code: 0, stdout: '' });
    expect(nothing.stderr).toContain('Nothing is stale');
  });

  it('ends several stale claims, one event each', async () => {
    const proof = await bench.recording('reaped');
    const run = await bench.run('reap', proof, '1.1', '1.2', '1.3', '--yes');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(
      run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['1.1', '1.2', '1.3']);
    expect(existsSync(eventFile(proof, 17))).toBe(true);
    expect(existsSync(eventFile(proof, 18))).toBe(false);
    expect(await claimsOf(proof)).toEqual([]);
  });

  it('names the source of each claim where there are several', async () => {
    const both = join(bench.work, 'both');
    for (const name of ['a', 'b']) await cp(await bench.recording('reaped'), join(both, name), { recursive: true });
    const run = await bench.run('reap', both, '--all-stale', '--yes');
    expect(run.code).toBe(0);
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const [i, line] of lines.entries()) expect(line.startsWith(`${join(both, i < 3 ? 'a' : 'b')} 1.`)).toBe(true);
  });

  it('refuses a live claim', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    const run = await bench.run('reap', proof, '1.1', '--yes');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^1\.1: refused, nothing was written: /);
    expect(await contentOf(proof)).toEqual(before);
  });

  it('does what it can, and ends with 1 when something was left', async () => {
    const proof = await mixedProof();
    const run = await bench.run('reap', proof, '1.1', '1.3', '--yes');
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^1\.3: /);
    expect(run.stderr).toMatch(/^1\.1: refused/);
  });

  it('is a conflict when the claim is not what was seen', async () => {
    const proof = await mixedProof();
    const seen = await seenOf(proof, '1.3');
    await writeFile(
      eventFile(proof, 9),
      JSON.stringify({ type: 'nodes_released', timestamp: new Date().toISOString(), node_ids: ['1.3'] }),
    );
    await writeFile(eventFile(proof, 10), JSON.stringify(nodesClaimed(['1.3'], 'dee', -5)));
    const before = await contentOf(proof);
    const run = await bench.run('reap', proof, '1.3', '--yes', '--seen', seen);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^1\.3: conflict, nothing was written: /);
    expect(await contentOf(proof)).toEqual(before);
  });

  it('of an unreadable source is refused with 3', async () => {
    const proof = await bench.recording('bricked-by-concurrent-reap');
    const before = await contentOf(proof);
    for (const args of [['1'], ['1.1'], ...(await claimsOf(proof)).map((claim) => [claim.resource])]) {
      const run = await bench.run('reap', proof, ...args, '--yes');
      expect(run).toMatchObject({ code: 3, stdout: '' });
      expect(run.stderr).toMatch(/refused/);
    }
    expect(await contentOf(proof)).toEqual(before);
  });

  it('asks for --yes where there is no terminal', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    const run = await bench.run('reap', proof, '1.3');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('--yes');
    expect(await contentOf(proof)).toEqual(before);
  });

  it('needs resources or --all-stale, and one resource with --seen', async () => {
    const proof = await mixedProof();
    for (const args of [[], ['1.3', '--all-stale'], ['1.3', '1.2', '--seen', 'x'], ['--all-stale', '--seen', 'x']]) {
      expect(await bench.run('reap', proof, ...args, '--yes'), args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    }
  });

  it('is refused read-only, wherever that is said', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    for (const args of [
      ['--read-only', 'reap', proof, '1.3', '--yes'],
      ['reap', proof, '1.3', '--yes', '--read-only'],
      ['release', proof, '1.1', '--as', 'ada', '--yes', '--read-only'],
      ['--read-only', 'force-release', proof, '1.1', '--reason', 'r', '--seen', 's', '--yes'],
    ]) {
      const run = await bench.run(...args);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toContain('--read-only');
    }
    expect(await contentOf(proof)).toEqual(before);
  });

  it('is in the audit log before and after', async () => {
    const proof = await mixedProof();
    await bench.run('reap', proof, '1.3', '--yes', '--reason', 'cy went home');
    const log = await readFile(join(bench.work, 'home', 'audit.jsonl'), 'utf8');
    const entries = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((entry) => entry['source'] === proof);
    expect(entries.map((entry) => entry['result'])).toEqual(['started', 'done']);
    expect(entries[1]).toMatchObject({ action: 'reap', resource: '1.3', holder: 'cy', reason: 'cy went home' });
    expect(entries[1]?.['program']).toMatch(/^cli \d/);
  });
});

describe('release', () => {
  it('ends the claim of exactly the name that is acted as', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    for (const name of ['bo', 'Ada', 'ada ']) {
      const run = await bench.run('release', proof, '1.1', '--as', name, '--yes');
      expect(run, name).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/^1\.1: refused/);
    }
    expect(await contentOf(proof)).toEqual(before);
    expect(await bench.run('release', proof, '1.1', '--as', 'ada', '--yes')).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(eventFile(proof, 9), 'utf8'))).toMatchObject({
      type: 'nodes_released',
      node_ids: ['1.1'],
    });
  });

  it('needs a name', async () => {
    const proof = await mixedProof();
    for (const args of [[], ['--as', ' ']]) {
      expect(await bench.run('release', proof, '1.1', ...args, '--yes')).toMatchObject({ code: 2, stdout: '' });
    }
  });
});

describe('force-release', () => {
  it('needs a reason and what was seen', async () => {
    const proof = await mixedProof();
    const seen = await seenOf(proof, '1.1');
    for (const args of [
      ['--reason', 'r'],
      ['--seen', seen],
      ['--reason', '  ', '--seen', seen],
    ]) {
      expect(await bench.run('force-release', proof, '1.1', ...args, '--yes'), args.join(' ')).toMatchObject({
        code: 2,
        stdout: '',
      });
    }
  });

  it('is a conflict with another token and done with the right one', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    const seen = { ada: await seenOf(proof, '1.1'), bo: await seenOf(proof, '1.2') };
    const force = (token: string): ReturnType<CliBench['run']> =>
      bench.run('force-release', proof, '1.1', '--reason', 'ada is on holiday', '--seen', token, '--yes');
    for (const wrong of [seen.bo, 'nonsense']) {
      const run = await force(wrong);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/^1\.1: conflict/);
    }
    expect(await contentOf(proof)).toEqual(before);
    expect(await force(seen.ada)).toMatchObject({ code: 0, stderr: '' });
    expect((await claimsOf(proof)).map((c) => c.resource)).toEqual(['1.2', '1.3']);
  });
});

describe('a peer that appends without looking', () => {
  it('and breaks the proof after our write is told loudly, with 1', async () => {
    const proof = await mixedProof();
    const running = bench.run('reap', proof, '1.3', '--yes');
    for (let i = 0; i < 400 && !existsSync(eventFile(proof, 9)); i++) await wait(10);
    // The same release again, decided before ours and written after it.
    await writeFile(eventFile(proof, 10), await readFile(eventFile(proof, 9)));
    const run = await running;
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^1\.3: /);
    expect(run.stderr).toMatch(/^WARNING: .*#10/m);
    expect((await bench.run('ls', proof)).code).toBe(3);
  });
});

// `script` gives a program a terminal.
describe.runIf(process.platform === 'linux' && existsSync('/usr/bin/script'))('on a terminal', () => {
  function onTerminal(line: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const command = [process.execPath, bench.cli, ...args].map((arg) => `'${arg}'`).join(' ');
    const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], { env: { ...bench.env, TERM: 'dumb' } });
    let output = '';
    let isAnswered = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (isAnswered || !/Type .*: /.test(output)) return;
      isAnswered = true;
      child.stdin.write(line);
    });
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, output });
      });
    });
  }

  it('shows what will be written and asks', async () => {
    const proof = await mixedProof();
    const before = await contentOf(proof);
    for (const no of ['no\r', '\r', 'yesss\r', '\u0003', '\u0004']) {
      const run = await onTerminal(no, 'reap', proof, '1.3');
      expect(run.output).toContain('000009.json');
      expect(run.output).toContain('1.3: left as it is');
      expect(run.code).toBe(1);
    }
    expect(await contentOf(proof)).toEqual(before);
    const run = await onTerminal('yes\r', 'reap', proof, '1.3');
    expect(run.code).toBe(0);
    expect(existsSync(eventFile(proof, 9))).toBe(true);
  });

  it('wants the resource typed for a force-release', async () => {
    const proof = await mixedProof();
    const args = ['force-release', proof, '1.1', '--reason', 'gone', '--seen', await seenOf(proof, '1.1')];
    expect((await onTerminal('yes\r', ...args)).code).toBe(1);
    expect(existsSync(eventFile(proof, 9))).toBe(false);
    expect((await onTerminal('1.1\r', ...args)).code).toBe(0);
    expect(existsSync(eventFile(proof, 9))).toBe(true);
  });
});

describe('a ledger.lock that somebody holds', () => {
  it('is waited for, and Ctrl+C ends the wait with nothing written and nothing left', async () => {
    const proof = await mixedProof();
    const lock = join(proof, 'ledger', 'ledger.lock');
    await writeFile(
      lock,
      `${JSON.stringify({ agent_id: 'append-operation', acquired_at: new Date().toISOString() })}\n`,
    );
    const before = await contentOf(proof);
    const child = spawn(process.execPath, [bench.cli, 'reap', proof, '1.3', '--yes'], { env: bench.env });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await wait(1500);
    expect(child.exitCode).toBeNull();
    const asked = Date.now();
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(Date.now() - asked).toBeLessThan(1500);
    expect(stderr).toMatch(/^1\.3: refused/);
    expect(await contentOf(proof)).toEqual(before);
    await rm(lock);
  });
});

describe('a lock file', () => {
  it('is taken away by force, listed, put back as it was, and refused once somebody took it', async () => {
    const proof = await mixedProof();
    const lock = join(proof, 'ledger', 'ledger.lock');
    await writeFile(lock, '{"agent_id":"append-operation"}\n');
    // A lock is judged by when it came to stand there, which no program can set: an old one takes waiting.
    const young = await bench.run('force-release', proof, 'ledger.lock', '--reason', 'r', '--seen', 'x', '--yes');
    expect(young).toMatchObject({ code: 1 });
    const seen = await seenOf(proof, 'ledger.lock');
    const refused = await bench.run('force-release', proof, 'ledger.lock', '--reason', 'r', '--seen', seen, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('after 30 s it is presumed stale');
    await rm(lock);

    const owned = join(proof, 'locks', '1.lock');
    await mkdir(join(proof, 'locks'));
    const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
    const content = JSON.stringify({ node_id: '1', owner: 'dee', acquired_at: at(-120), expires_at: at(-60) });
    await writeFile(owned, content);
    const dry = await bench.run('reap', proof, '1', '--dry-run');
    expect(dry.stdout).toMatch(/WOULD TAKE AWAY\n {2}locks\/1\.lock → locks\/\.lockscope\/.*-1\.lock/);
    expect(parseResults(await bench.run('reap', proof, '1', '--yes', '--json')).results).toMatchObject([
      { resource: '1', result: 'done', written: [], removed: [{ file: 'locks/1.lock' }] },
    ]);
    expect(existsSync(owned)).toBe(false);

    const list = await bench.run('undo', proof);
    expect(list.stdout).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{16} {2}locks\/1\.lock/);
    expect(list.stdout).toContain('by a reap from dee; can be put back');
    const id = list.stdout.split(' ')[0] ?? '';
    expect(await bench.run('--read-only', 'undo', proof, id)).toMatchObject({ code: 1 });
    expect(await bench.run('undo', proof, 'nothing')).toMatchObject({ code: 1 });
    const undone = await bench.run('undo', proof, id);
    expect(undone).toMatchObject({ code: 0 });
    expect(undone.stdout).toContain('Put back locks/1.lock');
    expect(await readFile(owned, 'utf8')).toBe(content);
    const log = (await readFile(join(bench.work, 'home', 'audit.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(log.at(-1) ?? '')).toMatchObject({ action: 'undo', result: 'done', resource: '1' });

    await bench.run('release', proof, '1', '--as', 'dee', '--yes');
    await writeFile(owned, content);
    const again = (await bench.run('undo', proof)).stdout;
    expect(again).toContain('stays: Somebody took 1.lock since.');
    expect(await bench.run('undo', proof, again.split(' ')[0] ?? '')).toMatchObject({ code: 1 });
  }, 40_000);
});
