import { execFile } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHost } from '../../core/host/create-host';
import { LedgerSource } from '../../core/ledger/ledger-source';
import { parseMark } from '../../core/ledger/locks/lock-content';
import { type ActionResult, allEvidence, judge } from '../../core/model';
import { makeProof, NEVER, type Proof } from '../core/ledger/proof';
import { workerProgram } from '../helpers/worker-program';

const ROOT = path.resolve(import.meta.dirname, '../..');
const program = await workerProgram(path.join(import.meta.dirname, 'kill-taking.worker.ts'));
const AT_ONCE = 4;
/** More steps than a taking or an undo can have. */
const MOST_STEPS = 60;
const FOREIGN = '{"agent_id":"append-operation","acquired_at":"2026-01-15T10:30:00+01:00"}\n';
const KEPT = /^\d{8}T\d{9}Z-[0-9a-f]{16}/;

const kinds = ['file', 'folder'] as const;
type Kind = (typeof kinds)[number];

const lockOf = (proof: Proof) => path.join(proof.ledger, 'ledger.lock');
const quarantineOf = (proof: Proof) => path.join(proof.ledger, '.lockscope');

/** A source whose clock is ahead, so that what has just come to stand there has stood for long. */
function sourceOf(proof: Proof): LedgerSource {
  const host = createHost();
  return new LedgerSource(proof.folder, { ...host, clock: { nowMs: () => host.clock.nowMs() + 60_000 } });
}

interface Old {
  readonly inode: number;
  readonly modifiedMs: number;
}

function leaveLock(proof: Proof, kind: Kind): Old {
  if (kind === 'file') writeFileSync(lockOf(proof), FOREIGN);
  else mkdirSync(lockOf(proof));
  utimesSync(lockOf(proof), 1_700_000_000, 1_700_000_000);
  const { ino, mtimeMs } = lstatSync(lockOf(proof));
  return { inode: ino, modifiedMs: mtimeMs };
}

interface Ending {
  readonly isKilled: boolean;
  /** The step that it died at, or what it says when it survived. */
  readonly said: string;
}

function runUntil(proof: Proof, task: 'take' | 'undo', step: number, how: 'before' | 'half'): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, proof.folder, task, step.toString(), how],
      { cwd: ROOT, timeout: 30_000 },
      (error, stdout) => {
        resolve({ isKilled: error?.signal === 'SIGKILL', said: stdout.trim() });
      },
    );
  });
}

function inode(file: string): number | null {
  return lstatSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

/** Where the old lock is: exactly one place has it, as it was. */
function whereOld(proof: Proof, kind: Kind, old: Old, what: string): 'in place' | 'kept' {
  const names = existsSync(quarantineOf(proof)) ? readdirSync(quarantineOf(proof)) : [];
  const places = [lockOf(proof), ...names.map((name) => path.join(quarantineOf(proof), name))];
  const found = places.filter((place) => inode(place) === old.inode);
  expect(found, what).toHaveLength(1);
  const [place = ''] = found;
  expect(lstatSync(place).mtimeMs, what).toBe(old.modifiedMs);
  if (kind === 'file') expect(readFileSync(place, 'utf8'), what).toBe(FOREIGN);
  return place === lockOf(proof) ? 'in place' : 'kept';
}

/** Every name in quarantine is one that is documented, and what is ours there names a process that is gone. */
function checkLeftovers(proof: Proof, old: Old, what: string): void {
  if (!existsSync(quarantineOf(proof))) return;
  for (const name of readdirSync(quarantineOf(proof))) {
    if (name === 'taking') continue;
    expect(name, what).toMatch(KEPT);
    if (name.endsWith('.json')) continue;
    const place = path.join(quarantineOf(proof), name);
    if (inode(place) === old.inode) continue;
    const text = readFileSync(place, 'utf8');
    // Empty or half written only before the swap, when it is nobody's lock.
    if (!text.endsWith('}\n')) continue;
    expectGone(text, what);
  }
}

function expectGone(text: string, what: string): void {
  const mark = parseMark((JSON.parse(text) as { agent_id: string }).agent_id);
  expect(mark, what).not.toBeNull();
  if (mark === null) return;
  expect(createHost().processes.stateOf(mark.process).kind, what).toBe('gone');
}

async function takeAgain(proof: Proof, what: string): Promise<ActionResult> {
  const source = sourceOf(proof);
  const claim = (await source.read({ signal: NEVER, fresh: true })).upserted.find(({ kind }) => kind === 'write-lock');
  if (claim === undefined) throw new Error(`${what}: no lock is seen`);
  const nowMs = Date.now();
  const isOurs = judge(claim, allEvidence(claim, nowMs), nowMs) === 'abandoned';
  const outcome = await source.plan({
    action: isOurs ? 'reap' : 'force-release',
    claims: [{ claimId: claim.id, seen: claim.seen }],
    actAs: null,
  });
  if (outcome.kind !== 'planned') throw new Error(`${what}: ${JSON.stringify(outcome)}`);
  return source.commit(outcome.plan, { reason: 'again', signal: NEVER });
}

/** Puts back what was taken last; null where nothing is kept. */
async function undoLast(proof: Proof): Promise<ActionResult['kind'] | null> {
  const source = sourceOf(proof);
  await source.read({ signal: NEVER, fresh: true });
  const [last] = await source.undoables();
  if (last === undefined) return null;
  const result = await source.undo(last.id, { signal: NEVER });
  // What is said beforehand is what happens.
  expect(result.kind === 'done', JSON.stringify({ last, result })).toBe(last.against === null);
  return result.kind;
}

/** As a tool of the ledger does it. */
function canTake(proof: Proof): boolean {
  try {
    writeFileSync(lockOf(proof), FOREIGN, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** After a taking was killed: the old lock is whole, and everything can be ended from here. */
async function checkAfterTaking(proof: Proof, kind: Kind, old: Old, what: string): Promise<string> {
  const where = whereOld(proof, kind, old, what);
  checkLeftovers(proof, old, what);
  const now = inode(lockOf(proof));
  const stands = now === null ? 'free' : now === old.inode ? 'old' : 'ours';
  if (stands === 'ours') expectGone(readFileSync(lockOf(proof), 'utf8'), what);
  // Its own tools go on, or are kept out by a lock that can be taken away once more.
  expect(canTake(proof), what).toBe(stands === 'free');
  if (stands === 'free') unlinkSync(lockOf(proof));
  else expect(await takeAgain(proof, what), what).toMatchObject({ kind: 'done' });
  expect(existsSync(lockOf(proof)), what).toBe(false);
  // What was taken, by the killed one or by the second, can be put back, as it was.
  whereOld(proof, kind, old, what);
  expect(await undoLast(proof), what).toBe('done');
  if (stands === 'ours') {
    // Ours was taken last, and came back first.
    unlinkSync(lockOf(proof));
    expect(await undoLast(proof), what).toBe('done');
  }
  expect(whereOld(proof, kind, old, what), what).toBe('in place');
  return `${where}, ${stands}`;
}

/** Runs `task` with a kill at every step until it survives; gives the states that were met. */
async function killAtEach(
  prepare: () => Promise<Proof> | Proof,
  task: 'take' | 'undo',
  how: 'before' | 'half',
  check: (proof: Proof, what: string) => Promise<string>,
): Promise<{ readonly states: ReadonlySet<string>; readonly steps: readonly string[] }> {
  const states = new Set<string>();
  const died: string[] = [];
  for (let first = 1; first < MOST_STEPS; first += AT_ONCE) {
    const runs = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, i) => {
        const proof = await prepare();
        return { step: first + i, proof, ending: await runUntil(proof, task, first + i, how) };
      }),
    );
    for (const { step, proof, ending } of runs) {
      const what = `${task} killed ${how} step ${step.toString()} (${ending.said})`;
      if (ending.isKilled) {
        died.push(ending.said);
        states.add(await check(proof, what));
      } else expect(ending.said, what).toBe('survived done');
      rmSync(proof.folder, { recursive: true });
    }
    if (how === 'before' && runs.some(({ ending }) => !ending.isKilled)) return { states, steps: died };
    if (how === 'half' && first > 16) return { states, steps: died };
  }
  throw new Error('it never survived');
}

describe('kill -9 at every step of a taking of ledger.lock, and of its undo', () => {
  it.each(kinds)(
    '%s: the lock is in its place or kept, whole; ours is proven dead; both go on from there',
    async (kind) => {
      const olds = new Map<Proof, Old>();
      const withLock = () => {
        const proof = makeProof('living');
        olds.set(proof, leaveLock(proof, kind));
        return proof;
      };
      const oldOf = (proof: Proof): Old => olds.get(proof) ?? { inode: 0, modifiedMs: 0 };
      const taking = await killAtEach(withLock, 'take', 'before', (proof, what) =>
        checkAfterTaking(proof, kind, oldOf(proof), what),
      );
      expect([...taking.states].sort()).toEqual(['in place, old', 'kept, free', 'kept, ours']);
      for (const step of ['mkdirSync', 'create', 'tryLock', 'writeFileSync', 'exchange', 'fsyncSync', 'unlinkSync']) {
        expect(taking.steps).toContain(step);
      }

      const undoing = await killAtEach(
        async () => {
          const proof = withLock();
          expect(await takeAgain(proof, 'prepare')).toMatchObject({ kind: 'done' });
          return proof;
        },
        'undo',
        'before',
        async (proof, what) => {
          const old = oldOf(proof);
          const where = whereOld(proof, kind, old, what);
          checkLeftovers(proof, old, what);
          // Killed before the move, a second undo does it; after it there is nothing left to do, and it says so.
          const again = await undoLast(proof);
          if (where === 'kept') expect(again, what).toBe('done');
          else expect([null, 'refused'], what).toContain(again);
          expect(whereOld(proof, kind, old, what), what).toBe('in place');
          expect(await takeAgain(proof, what), what).toMatchObject({ kind: 'done' });
          return where;
        },
      );
      expect([...undoing.states].sort()).toEqual(['in place', 'kept']);
      expect(undoing.steps).toContain('moveNew');
    },
    120_000,
  );

  it('in the middle of each write: neither half a lock of ours nor half a record is taken for a whole one', async () => {
    let old: Old = { inode: 0, modifiedMs: 0 };
    const olds = new Map<Proof, Old>();
    const { states, steps } = await killAtEach(
      () => {
        const proof = makeProof('living');
        olds.set(proof, leaveLock(proof, 'file'));
        return proof;
      },
      'take',
      'half',
      (proof, what) => {
        old = olds.get(proof) ?? old;
        return checkAfterTaking(proof, 'file', old, what);
      },
    );
    expect([...states]).toEqual(['in place, old']);
    expect(steps).toEqual(['writeFileSync', 'writeFileSync']);
  }, 60_000);
});
