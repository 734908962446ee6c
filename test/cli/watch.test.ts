import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/inspect';
import { type CliBench, createBench, eventFile, nodeCreated, nodesClaimed, PROOF_INITIALIZED } from './run-cli';

interface Line {
  readonly at: string;
  readonly what: string;
  readonly source: string;
  readonly kind: string | null;
  readonly resource: string | null;
  readonly holder: string | null;
  readonly words: string;
}

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

interface Watching {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly lines: () => readonly Line[];
  readonly ended: Promise<number | null>;
}

function watch(...args: string[]): Watching {
  const child = spawn(process.execPath, [bench.cli, 'watch', ...args], {
    env: bench.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  const whole = (): string[] => text.split('\n').slice(0, -1);
  return {
    child,
    text: () => text,
    lines: () => whole().map((line) => JSON.parse(line) as Line),
    ended: new Promise((resolve) => {
      child.once('close', resolve);
    }),
  };
}

describe('watch', () => {
  it('tells what is held, and then each change, until Ctrl+C', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED, nodeCreated('1'), nodesClaimed(['1'], 'ada', 600)]);
    const watching = watch(proof, '--json');
    const told = (what: string, resource: string): Promise<Line> =>
      eventually(() => watching.lines().find((line) => line.what === what && line.resource === resource), 15_000);

    expect(await told('held', '1')).toMatchObject({ source: proof, kind: 'node', holder: 'ada' });
    writeFileSync(eventFile(proof, 4), JSON.stringify({ type: 'nodes_released', node_ids: ['1'], timestamp: now() }));
    await told('released', '1');
    writeFileSync(eventFile(proof, 5), JSON.stringify(nodesClaimed(['1'], 'bo', 1.2)));
    expect(await told('taken', '1')).toMatchObject({ holder: 'bo' });
    await told('expired', '1');
    expect((await told('verdict', '1')).words).toMatch(/→ (Expiring|Expired)$/);

    watching.child.kill('SIGINT');
    expect(await watching.ended).toBe(0);
    // Each is told once.
    const whats = watching.lines().map(({ what }) => what);
    expect(whats.filter((what) => what === 'released' || what === 'taken' || what === 'not-shown')).toEqual([
      'released',
      'taken',
    ]);
  });

  it('tells of a source that goes out of reach and comes to have a finding', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED, nodeCreated('1'), nodesClaimed(['1'], 'ada', 600)]);
    const watching = watch(proof, '--json');
    await eventually(() => watching.lines().length > 0, 15_000);
    writeFileSync(eventFile(proof, 4), '{');
    const finding = await eventually(() => watching.lines().find(({ what }) => what === 'finding'), 15_000);
    expect(finding.words).toContain('#4');
    await eventually(() => watching.lines().find(({ what }) => what === 'status'));
    rmSync(join(proof, 'ledger'), { recursive: true });
    await eventually(() => watching.lines().find(({ words }) => words.includes('out of reach')), 10_000);
  });

  it('prints a line for people, and ends by itself when told to', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED, nodeCreated('1'), nodesClaimed(['1'], 'ada\u001b[2J', 600)]);
    const watching = watch(proof, '--for', '0.3');
    expect(await watching.ended).toBe(0);
    expect(watching.text()).toMatch(/^\d{4}-\S+Z {2}node 1 {2}held by \S*ada\S*.* until \S+, live {2}\/.*\n$/);
    expect(watching.text()).not.toContain('\u001b');
  });

  it('refuses a path that holds nothing', async () => {
    const run = await bench.run('watch', join(bench.work, 'nowhere'));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('nowhere');
    expect((await bench.run('watch', bench.work, '--for', 'ever')).code).toBe(2);
  });
});

function now(): string {
  return new Date().toISOString();
}
