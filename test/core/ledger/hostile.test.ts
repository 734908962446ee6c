import { execFileSync, fork } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allEvidence, judge } from '../../../core/model';
import type { Reading } from '../../../core/port';
import { workerProgram } from '../../helpers/worker-program';
import { nodeCreated, nodesClaimed } from './events';
import { claimEvent, makeProof, NEVER, type Proof, readAfresh, sourceOf, tempFolder } from './proof';

const ROOT = join(import.meta.dirname, '../../..');
const NEXT = '000003.json';

/** A proof whose node 1 is claimed by event 2; what is hostile comes as event 3. */
function claimedProof(): Proof {
  const proof = makeProof('living');
  proof.put(nodesClaimed(['1']));
  return proof;
}

function codes(reading: Reading): readonly string[] {
  return reading.findings.map(({ code }) => code);
}

function expectClaimBefore(reading: Reading): void {
  expect(reading.upserted).toMatchObject([{ resource: '1', holder: { name: 'ada' } }]);
}

const at = (proof: Proof) => join(proof.ledger, NEXT);

describe('whatever stands in the place of an event is named, and hides nothing before it', { timeout: 10_000 }, () => {
  const bad: readonly (readonly [string, string, (proof: Proof) => unknown])[] = [
    [
      '1 GiB',
      'too-large',
      (proof) => {
        writeFileSync(at(proof), '');
        truncateSync(at(proof), 1024 ** 3);
      },
    ],
    ['one byte too many', 'too-large', (proof) => writeFileSync(at(proof), `{"type":"${'x'.repeat(1_048_576)}"}`)],
    ['a named pipe', 'not-a-regular-file', (proof) => execFileSync('mkfifo', [at(proof)])],
    ['a dangling link', 'not-a-regular-file', (proof) => symlinkSync(join(proof.folder, 'nowhere'), at(proof))],
    ['a link to a folder of the proof', 'not-a-regular-file', (proof) => symlinkSync(proof.ledger, at(proof))],
    ['binary rubbish', 'invalid-json', (proof) => writeFileSync(at(proof), Buffer.from([0, 255, 254, 128, 10, 34]))],
    ['nothing', 'invalid-json', (proof) => writeFileSync(at(proof), '')],
    ['zeros', 'invalid-json', (proof) => writeFileSync(at(proof), Buffer.alloc(1_000_000))],
    ['1 MiB of nesting', 'invalid-json', (proof) => writeFileSync(at(proof), '['.repeat(1_048_576))],
    [
      'deep nesting that is closed',
      'invalid-json',
      (proof) => writeFileSync(at(proof), `{"type":"def_added","a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`),
    ],
    ['an unknown type', 'unknown-type', (proof) => proof.put({ type: '\u202enodes_claimed\n' })],
    [
      'a year that is none',
      'unparsable',
      (proof) => proof.put({ ...nodeCreated('1.1'), timestamp: '-0001-01-01T00:00:00Z' }),
    ],
  ];
  it.each(bad)('%s', async (_what, code, make) => {
    const proof = claimedProof();
    make(proof);
    const reading = await readAfresh(proof);
    expect(reading.status).toMatchObject({ kind: 'unreadable', at: 3 });
    expect(codes(reading)).toEqual([code]);
    expect(reading.findings[0]).toMatchObject({ at: 3, severity: 'error' });
    expect(reading.head).toBe(2);
    expectClaimBefore(reading);
    // The same again, when it is looked at while a source is open.
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    expect((await source.read({ signal: NEVER })).status).toEqual(reading.status);
  });

  it('a socket', async () => {
    const proof = claimedProof();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at(proof), resolve));
    onTestFinished(() => {
      server.close();
    });
    const reading = await readAfresh(proof);
    expect(reading.findings).toMatchObject([{ code: 'not-a-regular-file', at: 3 }]);
    expect(reading.findings[0]?.message).toContain('a socket stands in its place');
  });

  it.each([
    ['another folder', (proof: Proof) => join(tempFolder(), proof.dialect)],
    ['a device', () => '/dev/zero'],
    ['a folder whose name only begins alike', (proof: Proof) => `${proof.folder}-2/x`],
  ])('a link out to %s is not followed, and nothing is written behind it', async (_where, targetOf) => {
    const proof = claimedProof();
    const target = targetOf(proof);
    if (!target.startsWith('/dev')) {
      mkdirSync(join(target, '..'), { recursive: true });
      onTestFinished(() => {
        rmSync(join(target, '..'), { recursive: true, force: true });
      });
      writeFileSync(target, JSON.stringify({ type: 'nodes_released', node_ids: ['1'], secret: 'x' }));
    }
    symlinkSync(target, at(proof));
    const reading = await readAfresh(proof);
    expect(reading.status.kind).toBe('undecided');
    expect(codes(reading)).toEqual(['link-out-of-source']);
    expect(JSON.stringify(reading)).not.toContain('secret');
    expectClaimBefore(reading);
  });

  it('a link inside the proof is followed', async () => {
    const proof = claimedProof();
    const aside = join(proof.folder, 'aside.json');
    writeFileSync(
      aside,
      JSON.stringify({ type: 'nodes_released', timestamp: '2026-01-15T10:30:00Z', node_ids: ['1'] }),
    );
    symlinkSync(aside, at(proof));
    const reading = await readAfresh(proof);
    expect(reading).toMatchObject({ status: { kind: 'readable' }, head: 3, upserted: [] });
  });

  it('a folder is passed over as every tool does, named, and keeps us from writing', async () => {
    const proof = claimedProof();
    mkdirSync(at(proof));
    const source = sourceOf(proof);
    const reading = await source.read({ signal: NEVER });
    expect(reading.status).toEqual({ kind: 'readable' });
    expect(codes(reading)).toEqual(['not-a-regular-file']);
    const [claim] = reading.upserted;
    const outcome = await source.plan({
      action: 'force-release',
      claims: [{ claimId: 'node:1', seen: claim?.seen ?? '' }],
      actAs: null,
    });
    expect(outcome).toMatchObject({ kind: 'refused', reasons: [expect.stringContaining('A folder stands')] });
  });
});

describe('absurd values', { timeout: 10_000 }, () => {
  it('ids, owners and times of any kind are shown as they are and judged', async () => {
    const proof = makeProof('seed');
    const ids = ['../../etc/passwd', '\u202e\u0000\n', 'x'.repeat(200_000), '-1', '1e9', '__proto__', '💥'];
    for (const id of ids) proof.put(claimEvent('seed', id, 'constructor', Date.UTC(2096, 0, 1)));
    for (const [node, expires_at] of [
      ['first', '0000-01-01T00:00:00Z'],
      ['last', '9999-12-31T23:59:59.999999999-23:59'],
    ]) {
      proof.put({ type: 'lock_acquired', timestamp: '0000-01-01T00:00:00Z', node_id: node, owner: 'ada', expires_at });
    }
    const reading = await readAfresh(proof);
    expect(reading.status).toEqual({ kind: 'readable' });
    const byResource = new Map(reading.upserted.map((claim) => [claim.resource, claim]));
    expect([...byResource.keys()].sort()).toEqual([...ids, 'first', 'last'].sort());
    const verdict = (resource: string): string | undefined => {
      const claim = byResource.get(resource);
      return claim === undefined ? undefined : judge(claim, allEvidence(claim, Date.now()), Date.now());
    };
    expect(verdict('first')).toBe('expired');
    expect(verdict('last')).toBe('live');
  });

  it('a claim of the future is a finding', async () => {
    const proof = makeProof('seed');
    proof.put(claimEvent('seed', '1', 'ada', Date.now() + 7_200_000, Date.now() + 3_600_000));
    const reading = await readAfresh(proof);
    expect(codes(reading)).toEqual(['clock-skew']);
    expect(reading.upserted[0]?.evidence).toContainEqual(expect.objectContaining({ kind: 'taken-in-the-future' }));
  });

  it('numbers of any length, a gap and doubles of a number are named', async () => {
    const proof = claimedProof();
    writeFileSync(join(proof.ledger, `${'9'.repeat(200)}.json`), '{}');
    writeFileSync(join(proof.ledger, '9223372036854775807.json'), '{}');
    const reading = await readAfresh(proof);
    expect(reading.status.kind).toBe('unreadable');
    expect(codes(reading)).toEqual(['gap']);
    expectClaimBefore(reading);
  });
});

describe('lock files', { timeout: 15_000 }, () => {
  const record = (node_id: string, owner = 'ada'): string =>
    JSON.stringify({
      node_id,
      owner,
      acquired_at: '2026-01-15T10:30:00Z',
      expires_at: '2096-01-15T10:30:00.123456789Z',
    });

  it('5,000 of them', async () => {
    const proof = makeProof('seed');
    mkdirSync(join(proof.folder, 'locks'));
    for (let i = 0; i < 5_000; i += 1) {
      writeFileSync(join(proof.folder, 'locks', `${i.toString()}.lock`), record(i.toString()));
    }
    const reading = await readAfresh(proof);
    expect(reading.upserted).toHaveLength(5_000);
    expect(reading.findings).toEqual([]);
  });

  const odd: readonly (readonly [string, (path: string) => unknown])[] = [
    ['a named pipe', (path) => execFileSync('mkfifo', [path])],
    ['a folder', (path) => mkdirSync(path)],
    ['a link', (path) => symlinkSync('/etc/hostname', path)],
    ['empty', (path) => writeFileSync(path, '')],
    ['rubbish', (path) => writeFileSync(path, Buffer.from([0, 255, 254]))],
    ['half written', (path) => writeFileSync(path, record('1').slice(0, 40))],
    ['not an object', (path) => writeFileSync(path, '[1]')],
    ['deep', (path) => writeFileSync(path, '['.repeat(60_000))],
    ['without a time', (path) => writeFileSync(path, '{"node_id":"1","owner":"ada"}')],
    [
      'huge',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 1024 ** 3);
      },
    ],
  ];
  it.each(odd)('%s: a finding, and the others are read', async (_what, make) => {
    const proof = makeProof('seed');
    mkdirSync(join(proof.folder, 'locks'));
    make(join(proof.folder, 'locks', '1.lock'));
    writeFileSync(join(proof.folder, 'locks', '2.lock'), record('2'));
    const reading = await readAfresh(proof);
    expect(reading.findings).toMatchObject([{ code: 'lock-file-unusable', file: 'locks/1.lock' }]);
    expect(reading.upserted).toMatchObject([{ resource: '2', holder: { name: 'ada' } }]);
  });

  it('a locks folder that leads out of the proof is not followed', async () => {
    const proof = makeProof('seed');
    const elsewhere = tempFolder();
    writeFileSync(join(elsewhere, '1.lock'), record('1'));
    symlinkSync(elsewhere, join(proof.folder, 'locks'));
    const reading = await readAfresh(proof);
    expect(reading.upserted).toEqual([]);
    expect(reading.findings).toMatchObject([{ code: 'lock-file-unusable', file: 'locks' }]);
  });

  it('two owners of one node are told, and a running one keeps the claim live', async () => {
    const proof = makeProof('seed');
    proof.put(claimEvent('seed', '1', 'ada', Date.now() + 60_000));
    mkdirSync(join(proof.folder, 'locks'));
    writeFileSync(join(proof.folder, 'locks', '1.lock'), record('1', 'grace'));
    const reading = await readAfresh(proof);
    expect(codes(reading)).toEqual(['double-holder']);
    expect(reading.upserted).toHaveLength(1);
    expect(reading.upserted[0]?.evidence).toContainEqual(expect.objectContaining({ kind: 'lock-file-differs' }));
  });

  it('that come and go are seen by a source that is watched, a new folder too', async () => {
    const proof = makeProof('seed');
    const source = sourceOf(proof);
    let hints = 0;
    source.watch(() => {
      hints += 1;
    });
    await source.read({ signal: NEVER });
    const until = async (holds: (reading: Reading) => boolean): Promise<void> => {
      const endMs = Date.now() + 4_000;
      for (;;) {
        const seen = hints;
        if (holds(await source.read({ signal: NEVER }))) return;
        while (hints === seen) {
          if (Date.now() > endMs) throw new Error('it was not hinted');
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    };
    const locks = join(proof.folder, 'locks');
    mkdirSync(locks);
    writeFileSync(join(locks, '1.lock'), record('1'));
    await until(({ upserted }) => upserted.some(({ resource }) => resource === '1'));
    writeFileSync(join(locks, '1.lock'), record('1', 'grace'));
    await until(({ upserted }) => upserted.some(({ holder }) => holder.name === 'grace'));
    rmSync(locks, { recursive: true });
    await until(({ removed }) => removed.includes('node:1'));
  });
});

describe('folders out of reach', { timeout: 15_000 }, () => {
  it('what was last seen is shown while the whole proof is gone, its lock files too', async () => {
    const proof = claimedProof();
    mkdirSync(join(proof.folder, 'locks'));
    const source = sourceOf(proof);
    await source.read({ signal: NEVER });
    rmSync(proof.folder, { recursive: true });
    const reading = await source.read({ signal: NEVER });
    expect(reading).toMatchObject({ reset: false, removed: [], status: { kind: 'out-of-reach' }, head: 2 });
  });

  it('a ledger folder that is a link out of the proof is not followed', async () => {
    const proof = claimedProof();
    const other = tempFolder();
    symlinkSync(proof.ledger, join(other, 'ledger'));
    const reading = await readAfresh({ folder: other });
    expect(reading).toMatchObject({ status: { kind: 'out-of-reach' }, upserted: [] });
  });

  it('a folder that vanishes while it is read', async () => {
    const proof = makeProof('living');
    // Longer than what is read ahead.
    const statement = 'x'.repeat(1_500);
    for (let i = 2; i <= 3_000; i += 1) proof.put(nodeCreated(`1.${i.toString()}`, { statement }), i);
    const source = sourceOf(proof);
    let isGone = false;
    const reading = await source.read({
      signal: NEVER,
      onProgress: () => {
        if (!isGone) rmSync(proof.ledger, { recursive: true });
        isGone = true;
      },
    });
    expect(isGone).toBe(true);
    expect(reading.status.kind).not.toBe('readable');
    expect((await source.read({ signal: NEVER })).status.kind).toBe('out-of-reach');
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)('files and folders that this user may not read (run as another user by root)', async () => {
    const proof = claimedProof();
    const NOBODY = 65_534;
    chownSync(proof.folder, NOBODY, NOBODY);
    chmodSync(join(proof.ledger, '000002.json'), 0o600);
    writeFileSync(join(proof.ledger, 'ledger.lock'), '{"agent_id":"append-operation"}', { mode: 0o600 });
    mkdirSync(join(proof.folder, 'locks'), { mode: 0o700 });
    const reading = await readAs(NOBODY, proof);
    expect(reading.status.kind).toBe('undecided');
    expect(codes(reading)).toEqual(['unreadable-file', 'lock-file-unusable']);
    expect(reading.head).toBe(1);
    const lock = reading.upserted.find(({ kind }) => kind === 'write-lock');
    expect(lock?.evidence).toContainEqual({ kind: 'record-incomplete', what: 'not readable by this user' });
    // Listed, but nothing in it can be looked at.
    chmodSync(proof.ledger, 0o744);
    expect((await readAs(NOBODY, proof)).status.kind).toBe('undecided');
    chmodSync(proof.ledger, 0o700);
    const closed = await readAs(NOBODY, proof);
    expect(closed.status).toMatchObject({
      kind: 'out-of-reach',
      reason: expect.stringContaining('no permission') as string,
    });
  });
});

/** Reads a proof in a process of another user. */
async function readAs(uid: number, proof: Proof): Promise<Reading> {
  // Loaded as root, since the sources may stand where that user may not look.
  const program = await workerProgram(join(import.meta.dirname, 'read-as.worker.ts'));
  const child = fork(program, [proof.folder, uid.toString()], { cwd: ROOT, execArgv: [] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve(message as Reading);
    });
    child.once('exit', () => {
      reject(new Error('it ended without an answer'));
    });
  });
}
