import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliBench, createBench, nodeCreated, nodesClaimed, PROOF_INITIALIZED, parseList } from './run-cli';

interface ExpectedAgents {
  readonly claimed_nodes: readonly { node_id: string; owner: string; claimed_at: string }[] | null;
}

let bench: CliBench;
beforeAll(async () => {
  bench = await createBench();
}, 60_000);
afterAll(() => bench.remove());

describe('ls', () => {
  it.each(['three-agents', 'reaped', 'accepted'])(
    'agrees with its own tools about %s, to the nanosecond',
    async (name) => {
      const proof = await bench.recording(name);
      const expected = JSON.parse(readFileSync(join(proof, 'expected-agents.json'), 'utf8')) as ExpectedAgents;
      const run = await bench.run('ls', proof, '--json');
      expect(run.code).toBe(0);
      const { claims } = parseList(run);
      // `claimed_at` of the living program is the expiry.
      expect(claims.map((c) => ({ node_id: c.resource, owner: c.holder.name, claimed_at: c.expiresAt }))).toEqual(
        expected.claimed_nodes ?? [],
      );
      for (const claim of claims) {
        expect(claim).toMatchObject({ source: proof, protocol: 'ledger', kind: 'node', verdict: 'expired' });
        expect(claim.acquiredAt).toMatch(/^2026-11-21T10:07:4[89]\.\d{9}Z$/);
        expect(claim.seen).not.toBe('');
        expect(claim.evidence[0]?.kind).toBe('lease-over');
        for (const fact of claim.evidence) expect(Object.keys(fact)).toEqual(['kind', 'headline', 'detail']);
      }
    },
  );

  it('shows what can be shown of a source that its own tools cannot read, and ends with 3', async () => {
    const proof = await bench.recording('bricked-by-concurrent-reap');
    const run = await bench.run('ls', proof, '--json');
    expect(run.code).toBe(3);
    expect(parseList(run).findings).toContainEqual(
      expect.objectContaining({ source: proof, severity: 'error', at: 5 }),
    );
    expect(run.stderr).toContain('its own tools cannot read it from #5 on');
    const text = await bench.run('ls', proof);
    expect(text.code).toBe(3);
    expect(text.stdout).toMatch(/error +#5/);
  });

  it('prints an aligned table without colours where there is no terminal', async () => {
    const proof = await bench.recording('three-agents');
    const run = await bench.run('ls', proof);
    expect(run.code).toBe(0);
    expect(run.stderr).toBe('');
    const [head = '', ...rows] = run.stdout.trimEnd().split('\n');
    expect(head.split(/ {2,}/)).toEqual(['VERDICT', 'RESOURCE', 'KIND', 'HOLDER', 'HELD', 'TIME LEFT', 'SOURCE']);
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row.indexOf(proof)).toBe(head.lastIndexOf('SOURCE'));
    expect(run.stdout).not.toContain('\u001b');
  });

  it('orders claims by source, then as people count', async () => {
    const ids = ['1', '1.10', '1.9', '1.2.1', '1.2'];
    const events = [PROOF_INITIALIZED, ...ids.map((id) => nodeCreated(id)), nodesClaimed(ids, 'ada', 600)];
    const [first, second] = [await bench.proof(events), await bench.proof(events)];
    const run = await bench.run('ls', second, first, '--json');
    const order = ['1', '1.2', '1.2.1', '1.9', '1.10'];
    expect(parseList(run).claims.map((c) => [c.source, c.resource])).toEqual([
      ...order.map((id) => [first, id]),
      ...order.map((id) => [second, id]),
    ]);
    expect(new Set(parseList(run).claims.map((c) => c.verdict))).toEqual(new Set(['live']));
  });

  it('finds every source below a folder', async () => {
    const run = await bench.run('ls', bench.work, '--json');
    expect(new Set(parseList(run).claims.map((c) => c.source)).size).toBeGreaterThan(2);
  });

  it('says in one sentence that a path holds nothing, and ends with 1', async () => {
    for (const path of [join(bench.work, 'is-not-there'), join(bench.work, 'home')]) {
      const run = await bench.run('ls', path);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(run.stderr).toContain(path);
    }
  });

  it('tells a path that is not there from one that holds nothing', async () => {
    const missing = await bench.run('ls', join(bench.work, 'is-not-there'));
    expect(missing.stderr).toContain('is-not-there cannot be looked at: it is not there (ENOENT).');
  });

  it('never takes an empty path for the folder that it runs in', async () => {
    for (const args of [
      ['ls', ''],
      ['reap', '', '--all-stale', '--yes'],
      ['serve', ''],
    ]) {
      const run = await bench.run(...args);
      expect(run, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).toContain('A path is empty');
    }
  });

  it('ends with 1 when an event is out of reach, so that not all claims may be shown', async () => {
    const proof = await bench.proof([PROOF_INITIALIZED, nodeCreated('1'), nodesClaimed(['1'], 'ada', 600)]);
    symlinkSync('/etc/hostname', join(proof, 'ledger', '000004.json'));
    const run = await bench.run('ls', proof);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('ada');
    const show = await bench.run('show', proof, '1.7');
    expect(show.code).toBe(1);
    expect(show.stderr).toContain('No claim on 1.7 can be seen here, but not everything could be read.');
  });

  it('says when folders are too deep to be looked at', async () => {
    const top = join(bench.work, 'tall');
    mkdirSync(join(top, '1/2/3/4/5/6/7'), { recursive: true });
    await cp(await bench.proof([PROOF_INITIALIZED]), join(top, 'proof'), { recursive: true });
    const run = await bench.run('ls', top);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('levels down. Open a folder further down');
  });

  it('ends with 2 when the command line is wrong', async () => {
    for (const args of [[], ['ls'], ['ls', '--nonsense', '.'], ['nonsense'], ['show', '.'], ['serve', '--port', 'x']]) {
      const run = await bench.run(...args);
      expect(run, args.join(' ')).toMatchObject({ code: 2, stdout: '' });
      expect(run.stderr).not.toBe('');
    }
  });

  it('tells its version and helps, on stdout', async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await bench.run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await bench.run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['ls', 'show', 'reap', 'release', 'force-release', 'serve'])
      expect(help.stdout).toContain(`  ${name}`);
  });
});

describe('show', () => {
  it('prints one claim in full', async () => {
    const proof = await bench.recording('reaped');
    const run = await bench.run('show', proof, '1.2');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Case n even');
    expect(run.stdout).toContain('prover-cy, also holds 1.3');
    expect(run.stdout).toContain('2026-11-21T11:07:49.737732048Z');
    expect(run.stdout).toContain('"type":"nodes_claimed"');
    expect(run.stdout).toMatch(/Released.*\(#13\)/);
    expect(run.stdout).toMatch(/Reap +lockscope reap /);
  });

  it('says what is left to do about a claim that has no safe end', async () => {
    const proof = await bench.recording('reaped');
    mkdirSync(join(proof, 'locks'), { recursive: true });
    const times = { acquired_at: '2026-01-15T10:30:00Z', expires_at: '2026-01-15T10:35:00Z' };
    for (const owner of ['ada', 'bo']) {
      writeFileSync(join(proof, 'locks', `${owner}.lock`), JSON.stringify({ node_id: '1.9', owner, ...times }));
    }
    const run = await bench.run('show', proof, '1.9');
    expect(run.stdout).toContain('None. Lockscope has no safe way to end this claim.');
    const reap = await bench.run('reap', proof, '1.9', '--yes');
    expect(reap.code).toBe(1);
    expect(reap.stderr).toContain('remove its record by hand');
  });

  it('prints the same as JSON', async () => {
    const proof = await bench.recording('reaped');
    const run = await bench.run('show', proof, '1.2', '--json');
    const { claim } = JSON.parse(run.stdout) as { claim: Record<string, unknown> };
    expect(claim).toMatchObject({
      resource: '1.2',
      holder: { name: 'prover-cy' },
      alsoHolds: [{ kind: 'node', resource: '1.3' }],
    });
    expect(claim['record']).toMatchObject({ text: readFileSync(join(proof, 'ledger', '000014.json'), 'utf8') });
    expect(claim['transitions']).toContainEqual(expect.objectContaining({ kind: 'released', event: 13 }));
  });

  it('ends with 1 when nobody holds it', async () => {
    const run = await bench.run('show', await bench.recording('three-agents'), '1.4');
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('Nobody holds 1.4');
  });

  it('refuses to guess which of two is meant, and lists them', async () => {
    const events = [PROOF_INITIALIZED, nodeCreated('1'), nodesClaimed(['1'], 'ada', 600)];
    const twins = join(bench.work, 'twins');
    for (const name of ['a', 'b']) await cp(await bench.proof(events), join(twins, name), { recursive: true });
    const run = await bench.run('show', twins, '1');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    for (const name of ['a', 'b']) expect(run.stderr).toContain(join(twins, name));
  });
});
