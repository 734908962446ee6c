import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import type { ProtocolPort, Source } from '../../../core/port';
import type { Inspector } from '../../../inspector';
import { NEVER } from '../../core/ledger/proof';
import { eventually, inspect, rowOf, sleep, tempFolder } from '../../helpers/inspect';
import { type Script, scriptFolder } from '../../helpers/scripted-folder';
import { startThreads, type Threads, threadProgram } from '../../helpers/threads';
import { workerProgram } from '../../helpers/worker-program';

const LIMIT_MS = 60_000;
/** A thread is held to be stuck after 2 s; on a machine with much to do it may be noticed somewhat later. */
const SOON_MS = 10_000;

function opened(port: ProtocolPort, folder: string): Source {
  const source = port.open(folder, createHost());
  onTestFinished(() => {
    source.close();
  });
  return source;
}

async function threadOf(source: Source): Promise<string> {
  return (await source.record('0'))?.text.split(' ')[1] ?? '';
}

function letGo(folder: string): void {
  writeFileSync(path.join(folder, 'go'), '');
}

/** An inspector on threads, with one source for each script. */
async function inspecting(scripts: Readonly<Record<string, Script>>, threads: Threads = startThreads()) {
  const root = await tempFolder();
  const folders = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, scriptFolder(path.join(root, 'sources', name), script)]),
  );
  const inspector = inspect({ ...threads, dataFolder: path.join(root, 'data') });
  onTestFinished(() => {
    // A thread that hangs is let go, so that the end of the test need not wait.
    for (const folder of Object.values(folders)) letGo(folder);
  });
  await inspector.open(path.join(root, 'sources'));
  return { inspector, folders, threads };
}

function source(inspector: Inspector, title: string) {
  return inspector.snapshot().sources.find((each) => each.title === title)!;
}

describe('a thread that ends', () => {
  it('between two calls: its sources are opened anew on another, watched as before', async () => {
    const { inspector, folders, threads } = await inspecting({ one: { claims: 3 } });
    await inspector.settled();
    await threads.started[0]!.terminate();
    await eventually(() => threads.started.length === 2 && source(inspector, 'one').note === 'first');
    scriptFolder(folders['one']!, { claims: 5 });
    await eventually(() => inspector.snapshot().claims.length === 5);
    expect(source(inspector, 'one').status).toEqual({ kind: 'readable' });
  });

  it.each(['exit', 'throw', 'memory'] as const)(
    'while it reads (%s): that is said, and it is tried again until it goes well',
    async (trouble) => {
      const threads = startThreads({ resourceLimits: { maxOldGenerationSizeMb: 60 } });
      const { inspector, folders } = await inspecting({ one: { claims: 2 } }, threads);
      await inspector.settled();
      scriptFolder(folders['one']!, { claims: 2, on: { read: trouble } });
      await eventually(() => source(inspector, 'one').status.kind === 'out-of-reach', SOON_MS);
      const { status } = source(inspector, 'one');
      const words = { exit: 'ended', throw: 'a source of this thread is broken', memory: 'ran out of memory' };
      expect(status).toMatchObject({ reason: expect.stringContaining(words[trouble]) as string });
      expect(inspector.snapshot().claims).toHaveLength(2);
      scriptFolder(folders['one']!, { claims: 4 });
      await eventually(() => source(inspector, 'one').status.kind === 'readable', 20_000);
      expect(inspector.snapshot().claims).toHaveLength(4);
    },
    LIMIT_MS,
  );

  it(
    'while it reads, does not end again and again as fast as it can',
    async () => {
      const { threads } = await inspecting({ one: { claims: 2, on: { read: 'exit' } } });
      await sleep(5_000);
      expect(threads.started.length).toBeLessThanOrEqual(4);
    },
    LIMIT_MS,
  );

  it('while it works out a plan: nothing was written, and it says so', async () => {
    const { inspector } = await inspecting({ one: { claims: 1, on: { plan: 'exit' } } });
    await inspector.settled();
    const { key, seen } = rowOf(inspector.snapshot(), '0')!;
    const outcome = await inspector.plan({ claims: [{ key, seen }], action: 'reap', actAs: null });
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: expect.stringMatching(/ended.*Nothing was written/) as string,
    });
  });

  it('while it writes: whether anything was written is not known, and it is not done again', async () => {
    const { inspector, folders, threads } = await inspecting({ one: { claims: 1, on: { commit: 'exit' } } });
    await inspector.settled();
    const { key, seen } = rowOf(inspector.snapshot(), '0')!;
    const outcome = await inspector.plan({ claims: [{ key, seen }], action: 'reap', actAs: null });
    if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
    const result = await inspector.commit({ planId: outcome.plan.id, reason: null, confirmation: null });
    expect(result).toMatchObject({ kind: 'failed', error: expect.stringContaining('is not known') as string });
    const audit = await inspector.audit(5);
    expect(audit.map((entry) => entry.result)).toEqual(['failed', 'started']);
    expect(threads.started).toHaveLength(2);
    // The source was read again right afterwards, on another thread.
    expect(source(inspector, 'one')).toMatchObject({ status: { kind: 'readable' }, note: 'first' });
    scriptFolder(folders['one']!, { claims: 1 });
  });

  it(
    'before anything is written: that nothing was written is known, and said',
    async () => {
      const { inspector, folders } = await inspecting({ one: { claims: 1 } });
      await inspector.settled();
      const { key, seen } = rowOf(inspector.snapshot(), '0')!;
      const outcome = await inspector.plan({ claims: [{ key, seen }], action: 'reap', actAs: null });
      if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
      // A source that keeps ending threads rests: nothing is asked of it.
      scriptFolder(folders['one']!, { claims: 1, on: { read: 'exit' } });
      await eventually(() => source(inspector, 'one').status.kind === 'out-of-reach', SOON_MS);
      const result = await inspector.commit({ planId: outcome.plan.id, reason: null, confirmation: null });
      expect(result).toMatchObject({
        kind: 'failed',
        error: expect.stringMatching(/again and again\. Nothing was written\.$/) as string,
      });
    },
    LIMIT_MS,
  );

  it('takes only the calls of its own sources with it', async () => {
    const root = await tempFolder();
    const threads = startThreads();
    const folders = Array.from({ length: 5 }, (_, i) => scriptFolder(path.join(root, i.toString()), { claims: i }));
    const sources = folders.map((folder) => opened(threads.scripted, folder));
    for (const each of sources) await each.read({ signal: NEVER });
    const before = await Promise.all(sources.map(threadOf));
    expect(before[4]).toBe(before[0]);
    scriptFolder(folders[0]!, { on: { read: 'exit' } });
    await expect(sources[0]!.read({ signal: NEVER })).rejects.toThrow('ended');
    const after = await Promise.all(sources.slice(1).map(threadOf));
    expect(after.slice(0, 3)).toEqual(before.slice(1, 4));
    expect(after[3]).not.toBe(before[4]);
    expect((await sources[4]!.read({ signal: NEVER })).note).toBe('first');
  });
});

describe('a disk that does not answer', () => {
  it(
    'says so also where nobody asked: it hangs in what a source does by itself',
    async () => {
      const { inspector } = await inspecting({ hung: { claims: 1, on: { timer: 'hang' } } });
      await inspector.settled();
      await eventually(() => source(inspector, 'hung').waitingSinceMs !== undefined, SOON_MS);
    },
    LIMIT_MS,
  );

  it(
    'shows since when, leaves the others alone, and is over when it answers',
    async () => {
      const scripts: Record<string, Script> = { hung: { claims: 1 } };
      for (let i = 1; i <= 6; i += 1) scripts[`other-${i.toString()}`] = { claims: i };
      const { inspector, folders, threads } = await inspecting(scripts);
      await inspector.settled();
      const beganMs = Date.now();
      scriptFolder(folders['hung']!, { claims: 2, on: { read: 'hang' } });
      const since = await eventually(() => source(inspector, 'hung').waitingSinceMs, SOON_MS);
      expect(Date.now() - beganMs).toBeGreaterThan(1_900);
      expect(since).toBeGreaterThan(beganMs - 50);
      expect(since).toBeLessThan(beganMs + 1_000);
      expect(source(inspector, 'hung')).toMatchObject({ status: { kind: 'readable' }, held: 1 });

      // All others, also those that shared its thread, see what is new.
      for (let i = 1; i <= 6; i += 1) scriptFolder(folders[`other-${i.toString()}`]!, { claims: i, at: 7 });
      const others = () => inspector.snapshot().sources.filter(({ title }) => title !== 'hung');
      await eventually(
        () => others().every(({ head, waitingSinceMs }) => head === 7 && waitingSinceMs === undefined),
        SOON_MS,
      );
      expect(threads.started.length).toBeLessThanOrEqual(5);

      // The window gets its answers, also about the one that hangs.
      const askedMs = Date.now();
      const row = inspector.snapshot().claims.find(({ sourceId }) => sourceId === source(inspector, 'hung').id)!;
      expect(await inspector.detail(row.key)).toMatchObject({ claim: { key: row.key }, record: null });
      const asked = { claims: [{ key: row.key, seen: row.seen }], action: 'reap', actAs: null } as const;
      expect(await inspector.plan(asked)).toMatchObject({
        kind: 'refused',
        reasons: [expect.stringContaining('has not answered') as string],
      });
      expect(await inspector.undoables()).toEqual([]);
      expect(Date.now() - askedMs).toBeLessThan(1_000);

      scriptFolder(folders['hung']!, { claims: 2 });
      letGo(folders['hung']!);
      await eventually(
        () => source(inspector, 'hung').waitingSinceMs === undefined && source(inspector, 'hung').held === 2,
      );
    },
    LIMIT_MS,
  );

  it(
    'in a watch of a source holds that source alone',
    async () => {
      const root = await tempFolder();
      const threads = startThreads();
      const folders = Array.from({ length: 5 }, (_, i) => scriptFolder(path.join(root, i.toString()), { claims: i }));
      const sources = folders.map((folder) => opened(threads.scripted, folder));
      for (const each of sources) {
        await each.read({ signal: NEVER });
        onTestFinished(each.watch(() => undefined));
      }
      const before = await Promise.all(sources.map(threadOf));
      expect(before[4]).toBe(before[0]);
      onTestFinished(() => letGo(folders[0]!));
      scriptFolder(folders[0]!, { claims: 9, on: { timer: 'hang' } });
      await sleep(200);
      const held = sources[0]!.read({ signal: NEVER });
      const sharing = await sources[4]!.read({ signal: NEVER });
      expect(sharing.note).toBe('first');
      expect(await threadOf(sources[4]!)).not.toBe(before[0]);
      // A new source does not come to a thread that hangs.
      const another = opened(threads.scripted, scriptFolder(path.join(root, 'new'), { claims: 1 }));
      await another.read({ signal: NEVER });
      expect(await threadOf(another)).not.toBe(before[0]);
      scriptFolder(folders[0]!, { claims: 9 });
      letGo(folders[0]!);
      expect(await held).toMatchObject({ note: 'later', upserted: { length: 9 } });
      expect(await threadOf(sources[0]!)).toBe(before[0]);
    },
    LIMIT_MS,
  );

  it(
    'holds up neither a search, nor closing, nor the end',
    async () => {
      const { inspector, folders } = await inspecting({
        hung: { claims: 1, on: { read: 'hang' } },
        other: { claims: 1 },
      });
      const root = path.dirname(folders['other']!);
      scriptFolder(path.join(root, 'asked'), { on: { recognise: 'hang' } });
      onTestFinished(() => letGo(path.join(root, 'asked')));
      const startedMs = Date.now();
      await inspector.open(root);
      expect(Date.now() - startedMs).toBeLessThan(8_000);
      scriptFolder(folders['other']!, { claims: 1, at: 3 });
      await eventually(() => source(inspector, 'other').head === 3, SOON_MS);
      const { id } = source(inspector, 'hung');
      inspector.close(id);
      expect(inspector.snapshot().sources.map(({ title }) => title)).toEqual(['other']);
      const endingMs = Date.now();
      await inspector.dispose();
      expect(Date.now() - endingMs).toBeLessThan(4_000);
    },
    LIMIT_MS,
  );

  it(
    'in a commit is left behind when the program ends',
    async () => {
      const { inspector, threads } = await inspecting({ one: { claims: 1, on: { commit: 'hang' } } });
      await inspector.settled();
      const { key, seen } = rowOf(inspector.snapshot(), '0')!;
      const outcome = await inspector.plan({ claims: [{ key, seen }], action: 'reap', actAs: null });
      if (outcome.kind !== 'planned') throw new Error(JSON.stringify(outcome));
      const committing = inspector.commit({ planId: outcome.plan.id, reason: null, confirmation: null });
      await sleep(200);
      const endingMs = Date.now();
      await inspector.dispose();
      await threads.end();
      expect(Date.now() - endingMs).toBeLessThan(16_000);
      expect(await committing).toMatchObject({
        kind: 'failed',
        error: expect.stringContaining('is not known') as string,
      });
    },
    LIMIT_MS,
  );

  it('that nobody may watch is looked at every 2 s, and its row says so', async () => {
    const { inspector, folders } = await inspecting({ one: { claims: 1, noWatch: true } });
    await eventually(() => source(inspector, 'one').watch === 'looking');
    scriptFolder(folders['one']!, { claims: 2, noWatch: true });
    await eventually(() => source(inspector, 'one').held === 2);
  });
});

// Whoever opens a pipe that nobody writes into sits in a call of the system that no thread's end gets past.
describe.skipIf(process.platform === 'win32')('a thread in a call of the system that does not return', () => {
  it.each(['end', 'exit'])(
    'does not keep the process (%s)',
    async (how) => {
      const folder = scriptFolder(path.join(await tempFolder(), 'one'), { claims: 1, on: { read: 'pipe' } });
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      const startedMs = Date.now();
      const program = await workerProgram(path.join(import.meta.dirname, 'stuck-process.ts'));
      let code: unknown = 0;
      let output = '';
      try {
        output = execFileSync(process.execPath, [program, folder, threadProgram, how], {
          timeout: 30_000,
          encoding: 'utf8',
        });
      } catch (error) {
        ({ signal: code, stdout: output } = error as { signal: unknown; stdout: string });
      }
      expect(output).toContain('ending');
      expect(code).toBe('SIGKILL');
      expect(Date.now() - startedMs).toBeLessThan(25_000);
    },
    LIMIT_MS,
  );
});
