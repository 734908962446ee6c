import { spawn } from 'node:child_process';
import { mkdtemp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliBench, createBench, nodeCreated, nodesClaimed, PROOF_INITIALIZED, parseList, runCli } from './run-cli';

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

const ESCAPE = '\u001b[31mred\u001b]0;title\u0007';
const BIDI = '\u202egnp\u2066x';
const HIDDEN = 'a\u200bb\u009bc\u2028d\u{e0041}';
const HOSTILE = `${ESCAPE}${BIDI}${HIDDEN}\nsecond line`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not get through.
// eslint-disable-next-line no-control-regex -- exactly these must not get through.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/u;

async function hostileProof(): Promise<string> {
  const proof = await bench.proof([
    PROOF_INITIALIZED,
    nodeCreated('1', HOSTILE),
    nodesClaimed(['1'], HOSTILE, -60),
    { type: HOSTILE, timestamp: '2026-11-21T10:00:00Z' },
  ]);
  const folder = await mkdtemp(join(bench.work, 'odd \u001b[2J\u202e name '));
  const moved = join(folder, 'proof');
  await rename(proof, moved);
  return moved;
}

describe('hostile text', () => {
  it('never reaches the terminal as it is', async () => {
    const proof = await hostileProof();
    for (const args of [
      ['ls', proof],
      ['ls', proof, '--json'],
      ['show', proof, '1'],
      ['show', proof, '1', '--json'],
      ['show', proof, ESCAPE],
      ['reap', proof, '1', '--dry-run'],
      ['reap', proof, '1', '--dry-run', '--json'],
      ['reap', proof, ESCAPE, '--yes'],
      ['release', proof, '1', '--as', HOSTILE, '--dry-run'],
      ['ls', `${proof}-is-not-there`],
      ['ls', proof, `--${ESCAPE}`],
      [ESCAPE],
    ]) {
      const run = await bench.run(...args);
      expect(run.stdout + run.stderr, args.join(' ')).not.toMatch(UNSAFE);
      expect(run.stdout + run.stderr).not.toBe('');
    }
  });

  it('is exact in JSON', async () => {
    const proof = await hostileProof();
    const run = await bench.run('ls', proof, '--json');
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(parseList(run).claims).toMatchObject([{ source: proof, holder: { name: HOSTILE }, title: HOSTILE }]);
  });
});

describe('a reader that leaves early', () => {
  it('is no error', async () => {
    const ids = Array.from({ length: 2000 }, (_, i) => (i + 1).toString());
    const events = [PROOF_INITIALIZED, ...ids.map((id) => nodeCreated(`1.${id}`))];
    const proof = await bench.proof([
      ...events,
      nodesClaimed(
        ids.map((id) => `1.${id}`),
        'ada',
        600,
      ),
    ]);
    const child = spawn(process.execPath, [bench.cli, 'ls', proof], {
      env: bench.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('colours', () => {
  it('stay away from what is not a terminal, CI or not', async () => {
    const proof = await bench.recording('three-agents');
    for (const extra of [{ CI: 'true' }, { TERM: 'xterm-256color' }, { NO_COLOR: '1' }]) {
      expect((await runCli(bench.cli, ['ls', proof], { ...bench.env, ...extra })).stdout).not.toContain('\u001b');
    }
  });
});
