import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../../../core/host/create-host';
import type { Host, NearbyProcess } from '../../../../core/host/host';
import type { LedgerSource } from '../../../../core/ledger/ledger-source';
import { formatMark, newMark } from '../../../../core/ledger/locks/lock-content';
import type { ActionResult, MendKind, MendPlan, PlanOutcome } from '../../../../core/model';
import type { Reading } from '../../../../core/port';
import { onCall } from '../../../helpers/system-calls';
import {
  claimEvent,
  DIALECTS,
  expiredClaim,
  makeProof,
  NEVER,
  type Proof,
  readAfresh,
  releaseEvent,
  sourceOf,
} from '../proof';

/** A clock a minute ahead of all files, so that none is taken for half written; and who is seen at the proof. */
function hostWith(near: readonly NearbyProcess[] = [], aheadMs = 60_000): Host {
  const host = createHost();
  return {
    clock: { nowMs: () => Date.now() + aheadMs },
    processes: {
      self: () => host.processes.self(),
      stateOf: (process) => host.processes.stateOf(process),
      stateOfPid: (pid, claimedAtMs) => host.processes.stateOfPid(pid, claimedAtMs),
      near: () => near,
    },
  };
}

const AF: NearbyProcess = { pid: 4242, argv: ['/usr/bin/af', 'status'], how: 'working directory' };
const FAR = Date.now() + 24 * 3_600_000;

function offerOf(reading: Reading, mend: MendKind): string | null {
  return reading.findings.find((finding) => finding.mend?.mend === mend)?.mend?.seen ?? null;
}

async function planMend(source: LedgerSource, mend: MendKind = 'trailing-events'): Promise<PlanOutcome> {
  const seen = offerOf(await source.read({ signal: NEVER }), mend) ?? '-';
  return source.plan({ action: 'mend', mend, seen });
}

async function planned(source: LedgerSource, mend: MendKind = 'trailing-events'): Promise<MendPlan> {
  const outcome = await planMend(source, mend);
  if (outcome.kind !== 'planned' || outcome.plan.action !== 'mend') throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

const commit = (source: LedgerSource, plan: MendPlan): Promise<ActionResult> =>
  source.commit(plan, { reason: 'it has to be read', signal: NEVER });

/** Bytes, mode and time of every file of a ledger, whatever it is called. */
function picture(proof: Proof): readonly string[] {
  return readdirSync(proof.ledger, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => {
      const { mode, mtimeNs, size } = lstatSync(join(proof.ledger, name), { bigint: true });
      const digest = createHash('sha256')
        .update(readFileSync(join(proof.ledger, name)))
        .digest('hex');
      return [name, digest, mode, mtimeNs, size].join(' ');
    })
    .sort();
}

/** Node 1 is claimed; then comes what no tool of the dialect reads. */
function brokenProof(dialect: Proof['dialect']): Proof {
  const proof = makeProof(dialect, ['1', '1.1']);
  proof.put(claimEvent(dialect, '1', 'ada', FAR));
  proof.put('{"type":');
  return proof;
}

describe.each(DIALECTS)('a mend of the end of a ledger, %s', (dialect) => {
  it('says what goes and what is left, does it, and takes it back', async () => {
    const proof = brokenProof(dialect);
    const bad = proof.events().at(-1) ?? '';
    chmodSync(join(proof.ledger, bad), 0o640);
    utimesSync(join(proof.ledger, bad), 1_700_000_000.123456, 1_700_000_000.123456);
    const before = picture(proof);
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    const head = proof.events().length - 1;
    expect(plan).toMatchObject({
      resource: bad,
      holder: null,
      verdict: null,
      warnings: [],
      needs: { reason: false, confirmation: null },
      removes: [{ file: `ledger/${bad}`, to: expect.stringContaining('ledger/.lockscope/') as string }],
      after: { head, held: 1, claims: [{ resource: '1', holder: 'ada' }] },
    });
    expect(picture(proof)).toEqual(before);
    const result = await commit(source, plan);
    expect(result).toMatchObject({ kind: 'done', warnings: [], removed: [{ file: `ledger/${bad}` }] });
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, head });
    expect(existsSync(join(proof.folder, plan.removes?.[0]?.to ?? ''))).toBe(true);

    // Nothing is to be mended any more, and the plan is spent.
    expect(await planMend(source)).toMatchObject({ kind: 'refused' });
    expect(await commit(source, plan)).toMatchObject({ kind: 'refused' });

    const [undoable] = await source.undoables();
    expect(undoable).toMatchObject({ action: 'mend', resource: bad, reason: 'it has to be read', against: null });
    const undone = await source.undo(undoable?.id ?? '', { signal: NEVER });
    expect(undone).toMatchObject({
      kind: 'done',
      message: expect.stringContaining('cannot read the proof again') as string,
    });
    expect(picture(proof)).toEqual(before);
    expect((await readAfresh(proof)).status.kind).toBe('unreadable');
    expect(await source.undo(undoable?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'refused' });
  });

  it('names the good events behind the fault, and wants a reason and their first file typed', async () => {
    const proof = brokenProof(dialect);
    const bad = proof.events().at(-1) ?? '';
    const good = proof.put(claimEvent(dialect, '1.1', 'bo', FAR));
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    expect(plan.removes?.map(({ file }) => file)).toEqual([`ledger/${bad}`, `ledger/${good}`]);
    expect(plan.warnings).toEqual([expect.stringContaining(`${good} would count by itself`)]);
    expect(plan.needs).toEqual({ reason: true, confirmation: bad });
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', removed: [{}, {}] });
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' } });
  });

  it('is a conflict when anything came or changed since, and changes nothing', async () => {
    const changes: readonly ((proof: Proof, bad: string) => void)[] = [
      (proof) => void proof.put(releaseEvent(dialect, '1', 'ada')),
      (proof, bad) => {
        appendFileSync(join(proof.ledger, bad), 'x');
      },
      (proof, bad) => {
        // The same bytes, and another file.
        const text = proof.text(bad);
        rmSync(join(proof.ledger, bad));
        writeFileSync(join(proof.ledger, bad), text);
      },
      (proof) => {
        const name = proof.events()[0] ?? '';
        const last = proof.events().at(-2) ?? name;
        utimesSync(join(proof.ledger, last), 1, 1);
      },
    ];
    for (const [at, change] of changes.entries()) {
      const proof = brokenProof(dialect);
      const source = sourceOf(proof, hostWith());
      const plan = await planned(source);
      change(proof, proof.events().at(-1) ?? '');
      const before = picture(proof);
      expect(await commit(source, plan), at.toString()).toMatchObject({ kind: 'conflict' });
      expect(picture(proof), at.toString()).toEqual(before);
      expect(await source.undoables()).toEqual([]);
    }
  });

  it('looks again under the lock: what came while it waited is a conflict', async () => {
    const changes: readonly ((proof: Proof) => void)[] = [
      (proof) => void proof.put('{'),
      (proof) => {
        writeFileSync(join(proof.ledger, dialect === 'seed' ? 'event-1.json' : '1.json'), '{}');
      },
      (proof) => {
        const last = proof.events().at(-2) ?? '';
        writeFileSync(join(proof.ledger, last), `${proof.text(last)} `);
      },
      (proof) => {
        appendFileSync(join(proof.ledger, proof.events().at(-1) ?? ''), 'x');
      },
    ];
    for (const [at, change] of changes.entries()) {
      const proof = brokenProof(dialect);
      const source = sourceOf(proof, hostWith());
      const plan = await planned(source);
      const lock = join(proof.ledger, 'ledger.lock');
      writeFileSync(lock, '{}');
      const ending = commit(source, plan);
      // By then it waits for the lock.
      await new Promise((resolve) => setTimeout(resolve, 250));
      change(proof);
      const before = picture(proof).filter((line) => !/^\.?ledger\.lock/.test(line));
      rmSync(lock);
      expect(await ending, at.toString()).toMatchObject({ kind: 'conflict' });
      expect(picture(proof), at.toString()).toEqual(before);
      expect(await source.undoables()).toEqual([]);
    }
  });

  it('takes misnamed files alone, and leaves good events behind them where they are', async () => {
    const proof = makeProof(dialect, ['1', '1.1']);
    const first = proof.events()[0] ?? '';
    proof.put(claimEvent(dialect, '1', 'ada', FAR));
    const prefix = dialect === 'seed' ? 'event-' : '';
    writeFileSync(join(proof.ledger, `${prefix}1.json`), proof.text(first));
    writeFileSync(join(proof.ledger, `${prefix}000000.json`), '{}');
    const head = proof.events().filter((name) => /\d{6}/.test(name)).length - 1;
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    expect(plan.removes?.map(({ file }) => file)).toEqual([`ledger/${prefix}000000.json`, `ledger/${prefix}1.json`]);
    expect(plan).toMatchObject({ warnings: [], after: { head, held: 1 } });
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', warnings: [] });
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, head });
  });

  it('is refused while af is at the proof, or the file may still be written', async () => {
    const proof = brokenProof(dialect);
    expect(await planMend(sourceOf(proof, hostWith([AF])))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('Process 4242')],
    });
    const young = sourceOf(proof, hostWith([], 0));
    const reading = await young.read({ signal: NEVER });
    expect(reading.status.kind).toBe('unreadable');
    expect(offerOf(reading, 'trailing-events')).toBeNull();
    expect(await planMend(young)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('less than 2 s ago')],
    });
  });

  it('is refused where the fault is not at the end', async () => {
    const proof = brokenProof(dialect);
    const filler = dialect === 'living' ? { type: 'taint_recomputed' } : { type: 'custom_event' };
    const from = proof.events().length;
    for (let at = 1; at <= 100; at += 1) proof.put(filler, from + at);
    const source = sourceOf(proof, hostWith());
    expect(await planMend(source)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('101 events would have to go')],
    });
    expect(offerOf(await source.read({ signal: NEVER }), 'trailing-events')).toBeNull();
  });

  it('is refused where what is there is not known', async () => {
    const proof = makeProof(dialect, ['1']);
    const outside = join(makeProof(dialect).folder, 'outside.json');
    writeFileSync(outside, '{}');
    symlinkSync(outside, join(proof.ledger, dialect === 'seed' ? 'event-000002.json' : '000002.json'));
    const source = sourceOf(proof, hostWith());
    expect(await planMend(source)).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('is not known')],
    });
  });

  it('is not undone once somebody wrote, or something else lies in its place or in quarantine', async () => {
    const ways: readonly (readonly [string, (proof: Proof, plan: MendPlan) => void])[] = [
      ['Something else stands', (proof) => void proof.put(releaseEvent(dialect, '1', 'ada'))],
      ['has gone on since', (proof) => void proof.put(releaseEvent(dialect, '1', 'ada'), proof.events().length + 3)],
      [
        'is not the',
        (proof, plan) => {
          appendFileSync(join(proof.folder, plan.removes?.[0]?.to ?? ''), ' ');
        },
      ],
      [
        'does not lie in',
        (proof, plan) => {
          rmSync(join(proof.folder, plan.removes?.[0]?.to ?? ''));
        },
      ],
    ];
    for (const [words, change] of ways) {
      const proof = brokenProof(dialect);
      // Two files go, so that one of them alone can be tampered with.
      proof.put('{');
      const source = sourceOf(proof, hostWith());
      const plan = await planned(source);
      expect(await commit(source, plan)).toMatchObject({ kind: 'done' });
      change(proof, plan);
      const before = picture(proof);
      const [undoable] = await source.undoables();
      expect(undoable?.against, words).toContain(words);
      expect(await source.undo(undoable?.id ?? '', { signal: NEVER }), words).toMatchObject({ kind: 'refused' });
      expect(picture(proof), words).toEqual(before);
    }
  });
});

describe('a fault that is not at the end', () => {
  it('is not looked at again with each event that comes behind it', async () => {
    const proof = brokenProof('living');
    const from = proof.events().length;
    const put = (at: number) => proof.put({ type: 'taint_recomputed' }, from + at);
    for (let at = 1; at <= 101; at += 1) put(at);
    const source = sourceOf(proof, hostWith());
    await source.read({ signal: NEVER });
    let listed = 0;
    onCall('opendirSync', ([folder], go) => {
      if (folder === proof.ledger) listed += 1;
      return go();
    });
    const reads = 5;
    for (let at = 1; at <= reads; at += 1) {
      put(101 + at);
      expect((await source.read({ signal: NEVER })).status.kind).toBe('unreadable');
    }
    // The reading itself lists once each time.
    expect(listed).toBeLessThanOrEqual(reads);
  });
});

describe('a ledger that became a link out of its proof', () => {
  it('gets nothing back, and not even a lock', async () => {
    const proof = brokenProof('living');
    const source = sourceOf(proof, hostWith());
    expect(await commit(source, await planned(source))).toMatchObject({ kind: 'done' });
    const [undoable] = await source.undoables();
    expect(undoable).toMatchObject({ against: null });
    const elsewhere = join(makeProof('living').folder, 'elsewhere');
    renameSync(proof.ledger, elsewhere);
    symlinkSync(elsewhere, proof.ledger);
    utimesSync(elsewhere, 1_700_000_000, 1_700_000_000);
    const names = readdirSync(elsewhere);
    expect(await source.undoables()).toEqual([]);
    expect(await source.undo(undoable?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'refused' });
    expect(readdirSync(elsewhere)).toEqual(names);
    expect(lstatSync(elsewhere).mtimeMs, 'No name came or went.').toBe(1_700_000_000_000);
  });
});

describe('the first event', () => {
  it('of a seed ledger may go: nothing is what its replay begins with', async () => {
    const proof = makeProof('seed', []);
    rmSync(join(proof.ledger, 'event-000001.json'));
    proof.put('nothing');
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    expect(plan).toMatchObject({
      after: { head: 0, held: 0 },
      consequence: expect.stringContaining('empty ledger') as string,
    });
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', warnings: [] });
    expect((await readAfresh(proof)).status.kind).toBe('readable');
  });

  it('of a living ledger stays: whether its tools read an empty one is not known', async () => {
    const proof = makeProof('living', []);
    proof.put('nothing', 1);
    expect(await planMend(sourceOf(proof, hostWith()))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('empty ledger is not known')],
    });
  });
});

describe('both dialects', () => {
  it('at the end alone: it goes, with a warning that wants a word typed', async () => {
    const proof = makeProof('living', ['1']);
    const bad = proof.put(claimEvent('seed', '1', 'ada', FAR));
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    expect(plan.warnings).toEqual([expect.stringContaining('other protocol')]);
    expect(plan.needs).toEqual({ reason: true, confirmation: bad });
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', warnings: [] });
    const readable = { status: { kind: 'readable' }, note: 'living dialect', findings: [] };
    expect(await readAfresh(proof)).toMatchObject(readable);
    // Who has had it open meanwhile knows as well that what told of the other dialect is gone.
    expect(await source.read({ signal: NEVER })).toMatchObject(readable);
  });

  it('are not remembered of an event that was replaced before it was ever good', async () => {
    const proof = makeProof('living', ['1']);
    const source = sourceOf(proof, hostWith());
    await source.read({ signal: NEVER });
    const bad = proof.put(claimEvent('seed', '1', 'ada', FAR));
    expect((await source.read({ signal: NEVER })).note).toBe('both dialects');
    rmSync(join(proof.ledger, bad));
    proof.put(claimEvent('living', '1', 'ada', FAR));
    const now = await source.read({ signal: NEVER });
    expect(now).toMatchObject({ status: { kind: 'readable' }, note: 'living dialect', head: 2 });
    expect(now.upserted).toMatchObject([{ resource: '1', holder: { name: 'ada' } }]);
  });

  it('in what would be left: by whose rules is not clear, and nothing is done', async () => {
    const proof = makeProof('living', ['1']);
    writeFileSync(join(proof.ledger, 'event-000001.json'), '{"type":"custom_event"}');
    proof.put('{', 2);
    expect(await planMend(sourceOf(proof, hostWith()))).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('not clear')],
    });
  });
});

describe('files that writers left behind', () => {
  const OLD = Date.now() / 1000 - 120;

  function leave(proof: Proof, name: string): void {
    writeFileSync(join(proof.ledger, name), '{"type":"nodes_rel');
    utimesSync(join(proof.ledger, name), OLD, OLD);
  }

  it.each(DIALECTS)('%s: go to quarantine, and come back', async (dialect) => {
    const proof = makeProof(dialect, ['1']);
    proof.put(expiredClaim(dialect, '1'));
    leave(proof, '.event-77.tmp');
    leave(proof, '.event-78.tmp');
    const before = picture(proof);
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source, 'leftover-files');
    expect(plan).toMatchObject({
      resource: '2 leftover files',
      after: null,
      needs: { reason: false, confirmation: null },
    });
    expect(await commit(source, plan)).toMatchObject({ kind: 'done', removed: [{}, {}], warnings: [] });
    const reading = await source.read({ signal: NEVER });
    expect(reading.findings).toEqual([]);
    expect(await readAfresh(proof)).toMatchObject({ status: { kind: 'readable' }, findings: [] });
    const [undoable, ...others] = await source.undoables();
    expect(others).toEqual([]);
    expect(undoable).toMatchObject({ action: 'mend', against: null, files: [{}, {}] });
    expect(await source.undo(undoable?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(picture(proof)).toEqual(before);
  });

  it('stay while the living program is at the proof, or while they are young', async () => {
    const proof = makeProof('living', ['1']);
    leave(proof, '.event-77.tmp');
    expect(await planMend(sourceOf(proof, hostWith([AF])), 'leftover-files')).toMatchObject({
      kind: 'refused',
      reasons: [expect.stringContaining('Process 4242')],
    });
    writeFileSync(join(proof.ledger, '.event-77.tmp'), 'now');
    expect(await planMend(sourceOf(proof, hostWith([], 0)), 'leftover-files')).toMatchObject({ kind: 'refused' });
  });

  it('are mended in a ledger that cannot be read, too', async () => {
    const proof = brokenProof('living');
    leave(proof, '.event-77.tmp');
    const source = sourceOf(proof, hostWith());
    expect(await commit(source, await planned(source, 'leftover-files'))).toMatchObject({ kind: 'done' });
    expect(await commit(source, await planned(source))).toMatchObject({ kind: 'done' });
    const all = await source.undoables();
    // Each by itself: the one does not stand in the other's way.
    expect(all.map(({ against }) => against)).toEqual([null, null]);
  });
});

describe('what lies in quarantine', () => {
  it('is believed only as far as it names files that a mend could have taken', async () => {
    const proof = brokenProof('living');
    const source = sourceOf(proof, hostWith());
    const plan = await planned(source);
    expect(await commit(source, plan)).toMatchObject({ kind: 'done' });
    const [undoable] = await source.undoables();
    const record = join(proof.ledger, '.lockscope', `${undoable?.id ?? ''}.json`);
    const text = readFileSync(record, 'utf8');
    const [file = ''] = plan.removes?.map((removed) => removed.file.slice('ledger/'.length)) ?? [];
    const quarantine = join(proof.ledger, '.lockscope');
    const name = (original: string) => `${undoable?.id ?? ''}-1-${original}`;
    // All of it fits together, and the file is there: only where it leads, or what it would be, is wrong.
    let before = name(file);
    const forge = (original: string, base: string): void => {
      renameSync(join(quarantine, before), join(quarantine, name(base)));
      before = name(base);
      const hostile = text
        .replaceAll(name(file), name(base))
        .replace(`"original": "${file}"`, `"original": "${original}"`);
      expect(hostile).not.toBe(text);
      writeFileSync(record, hostile);
    };
    for (const [original, base] of [
      ['../meta.json', 'meta.json'],
      ['../000009.json', '000009.json'],
      ['ledger.lock', 'ledger.lock'],
      ['.event-1.tmp', '.event-1.tmp'],
    ] as const) {
      forge(original, base);
      expect(await source.undoables(), original).toEqual([]);
      expect(await source.undo(undoable?.id ?? '', { signal: NEVER }), original).toMatchObject({ kind: 'refused' });
      expect(existsSync(join(proof.ledger, original)), original).toBe(false);
    }
    // The same with the name of an event is put back: nothing else was wrong with it.
    forge('000009.json', '000009.json');
    expect(await source.undoables()).toMatchObject([{ files: [{ file: 'ledger/000009.json' }], against: null }]);
  });

  it('is looked at only so far, however much somebody wrote there', async () => {
    const proof = brokenProof('living');
    const source = sourceOf(proof, hostWith());
    expect(await commit(source, await planned(source))).toMatchObject({ kind: 'done' });
    const [undoable] = await source.undoables();
    const quarantine = join(proof.ledger, '.lockscope');
    const text = readFileSync(join(quarantine, `${undoable?.id ?? ''}.json`), 'utf8');
    const { files, ...record } = JSON.parse(text) as { files: readonly { print: object }[] };
    const forge = (id: string, count: number): void => {
      const forged = Array.from({ length: count }, (_, at) => ({
        ...files[0],
        original: `${(at + 1_000).toString()}.json`,
        name: `${id}-${(at + 1).toString()}-${(at + 1_000).toString()}.json`,
      }));
      writeFileSync(join(quarantine, `${id}.json`), JSON.stringify({ ...record, id, files: forged }));
      writeFileSync(join(quarantine, forged[0]?.name ?? ''), '');
    };
    // More than a mend takes at once is none of ours.
    forge('20010101T000000000Z-0000000000000000', 501);
    expect((await source.undoables()).map(({ id }) => id)).toEqual([undoable?.id]);
    // All names in them together are too many to look for.
    for (let at = 0; at < 9; at += 1) forge(`2001010${at.toString()}T000000000Z-0000000000000000`, 500);
    const listed = (await source.undoables()).map(({ id }) => id.slice(0, 8));
    expect(listed.slice(1)).toEqual(['20010108', '20010107', '20010106']);
    // The end of the ledger that was taken away last is there all the same.
    expect(await source.undo(undoable?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'done' });
  });
});

describe('what a Lockscope left in its quarantine when it died', () => {
  const ID = '20260115T093000123Z-0123456789abcdef';

  /** A lock of ours, of a process that is not there any more, that was never swapped in. */
  function leaveOurLock(proof: Proof, pid: number): void {
    const self = createHost().processes.self();
    const mark = formatMark(newMark({ ...self, pid, startTicks: 1 }));
    mkdirSync(join(proof.ledger, '.lockscope'), { mode: 0o700 });
    writeFileSync(
      join(proof.ledger, '.lockscope', `${ID}-ledger.lock`),
      `${JSON.stringify({ agent_id: mark, acquired_at: '2026-01-15T09:30:00Z' })}\n`,
    );
  }

  it('is a finding, goes with a mend, and comes back', async () => {
    const proof = makeProof('living', ['1']);
    leaveOurLock(proof, 4_194_303);
    const source = sourceOf(proof, hostWith());
    const reading = await source.read({ signal: NEVER });
    expect(reading.findings).toMatchObject([
      { code: 'temp-file-left', file: `ledger/.lockscope/${ID}-ledger.lock`, mend: { mend: 'leftover-files' } },
    ]);
    const plan = await planned(source, 'leftover-files');
    expect(await commit(source, plan)).toMatchObject({ kind: 'done' });
    expect((await readAfresh(proof)).findings).toEqual([]);
    const [undoable] = await source.undoables();
    expect(await source.undo(undoable?.id ?? '', { signal: NEVER })).toMatchObject({ kind: 'done' });
    expect(readdirSync(join(proof.ledger, '.lockscope'))).toEqual([`${ID}-ledger.lock`]);
    expect((await readAfresh(proof)).findings).toHaveLength(1);
  });

  it('is left alone while its process lives, and so is what was really taken away', async () => {
    const proof = makeProof('living', ['1']);
    const self = createHost().processes.self();
    leaveOurLock(proof, self.pid);
    const living = formatMark(newMark(self));
    writeFileSync(
      join(proof.ledger, '.lockscope', `${ID}-ledger.lock`),
      `${JSON.stringify({ agent_id: living, acquired_at: '2026-01-15T09:30:00Z' })}\n`,
    );
    writeFileSync(
      join(proof.ledger, '.lockscope', '20260115T093000123Z-0123456789abcde0-ledger.lock'),
      `${JSON.stringify({ agent_id: 'append-operation', acquired_at: '2026-01-15T09:30:00Z' })}\n`,
    );
    expect((await readAfresh(proof)).findings).toEqual([]);
  });
});
