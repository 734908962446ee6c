import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliBench,
  contentOf,
  createBench,
  eventFile,
  nodeCreated,
  nodesClaimed,
  PROOF_INITIALIZED,
} from './run-cli';

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

const RELEASED = { type: 'nodes_released', timestamp: '2026-11-21T10:00:00Z', node_ids: ['1.1'] };

/** Ada holds node 1; node 1.1 was released twice, and all of it was written some seconds ago. */
async function broken(...more: readonly object[]): Promise<string> {
  const events = [
    PROOF_INITIALIZED,
    nodeCreated('1'),
    nodeCreated('1.1'),
    nodesClaimed(['1'], 'ada', 600),
    RELEASED,
    ...more,
  ];
  const proof = await bench.proof(events);
  await wait(2_100);
  return proof;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Result {
  readonly results: readonly {
    readonly resource: string;
    readonly action: string;
    readonly result: string;
    readonly seen?: string;
    readonly after?: unknown;
    readonly needs?: unknown;
    readonly removed?: readonly { readonly undoId: string }[];
  }[];
}

describe('mend', () => {
  it('shows what goes and what is left, does it, and undo brings it back', async () => {
    const proof = await broken();
    const before = await contentOf(proof);
    const ls = await bench.run('ls', proof);
    expect(ls).toMatchObject({ code: 3 });
    expect(ls.stderr).toContain('lockscope mend --dry-run');

    const dry = await bench.run('mend', proof, '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain('Mend 000005.json');
    expect(dry.stdout).toContain('up to #4, 1 claim');
    expect(dry.stdout).toContain('ledger/000005.json → ledger/.lockscope/');
    expect(await contentOf(proof)).toEqual(before);

    expect(await bench.run('mend', proof)).toMatchObject({ code: 2 });
    expect(await bench.run('--read-only', 'mend', proof, '--yes')).toMatchObject({ code: 1 });
    expect(await contentOf(proof)).toEqual(before);

    const done = await bench.run('mend', proof, '--yes', '--json');
    expect(done).toMatchObject({ code: 0 });
    const [result] = (JSON.parse(done.stdout) as Result).results;
    expect(result).toMatchObject({ action: 'mend', result: 'done', resource: 'trailing events' });
    expect(await bench.run('ls', proof)).toMatchObject({ code: 0 });
    expect(await bench.run('mend', proof, '--yes')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('nothing to mend') as string,
    });

    const list = await bench.run('undo', proof);
    const id = result?.removed?.[0]?.undoId ?? '';
    expect(list.stdout).toContain(id);
    expect(list.stdout).toContain('can be put back');
    expect(await bench.run('undo', proof, id)).toMatchObject({ code: 0 });
    expect(await contentOf(proof)).toEqual(before);
    expect(await bench.run('ls', proof)).toMatchObject({ code: 3 });

    // Both are in the audit log, before and after.
    const log = await readFile(join(bench.work, 'home', 'audit.jsonl'), 'utf8');
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; result: string; source: string; removed?: unknown[] })
      .filter(({ source }) => source === proof);
    expect(entries.map(({ action, result: how }) => [action, how])).toEqual([
      ['mend', 'started'],
      ['mend', 'done'],
      ['undo', 'started'],
      ['undo', 'done'],
    ]);
    expect(entries[1]?.removed).toHaveLength(1);
  }, 30_000);

  it('takes good events away only with a reason, and without a terminal with the token of what was shown', async () => {
    const proof = await broken(nodesClaimed(['1.1'], 'bo', 600));
    const before = await contentOf(proof);
    const dry = JSON.parse((await bench.run('mend', proof, '--dry-run', '--json')).stdout) as Result;
    const [plan] = dry.results;
    expect(plan).toMatchObject({ result: 'planned', needs: { reason: true, confirmation: '000005.json' } });
    const seen = plan?.seen ?? '';
    for (const args of [[], ['--reason', 'it must be read'], ['--seen', seen]]) {
      expect(await bench.run('mend', proof, '--yes', ...args)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('Good events would go too') as string,
      });
    }
    expect(await contentOf(proof)).toEqual(before);
    const done = await bench.run('mend', proof, '--yes', '--seen', seen, '--reason', 'it must be read');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('000005.json, 000006.json');
  }, 30_000);

  it('does the one that a token is of, and leaves the other', async () => {
    const proof = await broken();
    const left = join(proof, 'ledger', '.event-77.tmp');
    await writeFile(left, '{');
    const old = Date.now() / 1000 - 120;
    await utimes(left, old, old);
    const dry = JSON.parse((await bench.run('mend', proof, '--dry-run', '--json')).stdout) as Result;
    const [trailing, leftover] = dry.results;
    expect(dry.results).toHaveLength(2);
    const first = await bench.run('mend', proof, '--yes', '--json', '--seen', leftover?.seen ?? '');
    expect(first).toMatchObject({ code: 0 });
    expect((JSON.parse(first.stdout) as Result).results).toMatchObject([
      { resource: 'leftover files', result: 'done' },
    ]);
    const second = await bench.run('mend', proof, '--yes', '--json', '--seen', trailing?.seen ?? '');
    expect(second).toMatchObject({ code: 0 });
    // A token that nothing has any more is a conflict, or there is nothing to mend; neither is an unreadable source.
    expect(await bench.run('ls', proof)).toMatchObject({ code: 0 });
    const again = await broken();
    expect(await bench.run('mend', again, '--yes', '--seen', 'x')).toMatchObject({ code: 1 });
  }, 40_000);

  it('says why it cannot mend', async () => {
    const proof = await broken();
    await rm(eventFile(proof, 1));
    const run = await bench.run('mend', proof, '--yes');
    expect(run).toMatchObject({ code: 3 });
    expect(run.stderr).toContain('Not one good event would be left');
  }, 30_000);

  it('takes away what a dead writer left', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED]);
    const left = join(proof, 'ledger', '.event-77.tmp');
    await writeFile(left, '{');
    const old = Date.now() / 1000 - 120;
    await utimes(left, old, old);
    const run = await bench.run('mend', proof, '--yes');
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('leftover files: Moved to quarantine: .event-77.tmp.');
  }, 30_000);
});

describe('reap --all', () => {
  it('ends all stale claims of a ledger by one event', async () => {
    const proof = await bench.proof([
      PROOF_INITIALIZED,
      ...['1', '1.1', '1.2', '1.3'].map((id) => nodeCreated(id)),
      nodesClaimed(['1.3', '1.1'], 'cy', -60),
      nodesClaimed(['1.2'], 'bo', -60),
      nodesClaimed(['1'], 'ada', 600),
    ]);
    const dry = await bench.run('reap', proof, '--all', '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain('Reap 3 nodes');
    for (const line of ['1.1  cy  Expired', '1.2  bo  Expired', '1.3  cy  Expired']) expect(dry.stdout).toContain(line);
    expect(await bench.run('reap', proof, '--all')).toMatchObject({ code: 2 });
    const run = await bench.run('reap', proof, '--all', '--yes');
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('3 nodes: Reaped 3 nodes: written as #9.');
    const event = JSON.parse(await readFile(eventFile(proof, 9), 'utf8')) as { node_ids: string[] };
    expect(event.node_ids).toEqual(['1.1', '1.2', '1.3']);
    expect(await bench.run('reap', proof, '--all', '--yes')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Nothing is stale here') as string,
    });
  }, 30_000);

  it('says that what is stale and by itself stays, and that nothing was done', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED]);
    await mkdir(join(proof, 'locks'));
    const times = { acquired_at: '2020-01-01T00:00:00Z', expires_at: '2020-01-01T00:05:00Z' };
    await writeFile(join(proof, 'locks', '1.lock'), JSON.stringify({ node_id: '1', owner: 'ada', ...times }));
    const run = await bench.run('reap', proof, '--all', '--yes');
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toContain('1 is not taken along');
    expect(run.stderr).not.toContain('Nothing is stale');
  }, 30_000);

  it('is not said together with a resource or --all-stale', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED]);
    expect(await bench.run('reap', proof, '1', '--all')).toMatchObject({ code: 2 });
    expect(await bench.run('reap', proof, '--all', '--all-stale')).toMatchObject({ code: 2 });
  });
});
