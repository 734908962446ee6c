import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Channel, requestSchemas } from '../../contract';
import { createHost } from '../../core/host/create-host';
import { PROTOCOLS } from '../../core/protocols';
import { createInspector, type Inspector } from '../../inspector';
import { createService, type HostedService, type ServiceOptions } from '../../service/create-service';
import { type KeptBands, openKeptBands } from '../../service/kept-bands';
import { openSettings, type SettingsStore } from '../../service/settings';
import { openWorkspace, type Workspace } from '../../service/workspace';
import { watchCalls } from './watch-calls';

const MAY_BE_EMPTY = ['actAs', 'reason', 'confirmation'];
const CHANNELS = Object.keys(requestSchemas) as Channel[];
const PROOF = join(import.meta.dirname, '..', 'fixtures', 'af', 'three-agents');

let folder: string;
let proof: string;
let inspector: Inspector;
let settings: SettingsStore;
let workspace: Workspace;
let keptBands: KeptBands;
let calls: string[];
const services: HostedService[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockscope-service-'));
  proof = join(folder, 'proof');
  await cp(PROOF, proof, { recursive: true });
  const dataFolder = join(folder, 'data');
  calls = [];
  const options = { program: 'web 0.0.0', readOnly: false, dataFolder, watch: true };
  inspector = watchCalls(createInspector({ host: createHost(), protocols: PROTOCOLS, ...options }), calls);
  settings = await openSettings(dataFolder);
  workspace = await openWorkspace(dataFolder);
  keptBands = await openKeptBands(dataFolder);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(async () => {
  for (const service of services.splice(0)) await service.dispose();
  await inspector.dispose();
  await rm(folder, { recursive: true });
});

function start(options: Partial<ServiceOptions> = {}): HostedService {
  const service = createService({
    inspector,
    settings,
    workspace,
    keptBands,
    host: 'web',
    version: '1.2.3',
    readOnly: false,
    nowMs: () => 42,
    ...options,
  });
  services.push(service);
  return service;
}

describe('what is not understood', () => {
  const wellFormed: { readonly [C in Channel]: Record<string, unknown> } = {
    hello: {},
    snapshot: {},
    moreOfSnapshot: { token: 't' },
    detail: { key: 'k' },
    plan: { claims: [{ key: 'k', seen: 's' }], action: 'reap', actAs: null },
    planMend: { sourceId: 's', mend: 'trailing-events', seen: 's' },
    commit: { planId: 'p', reason: null, confirmation: null },
    open: { path: '/nowhere' },
    pickFolder: {},
    setBands: { sourceId: 's', bands: { nearExpiryMs: 1, longOverMs: 1 } },
    close: { sourceId: 's' },
    cancelReading: { sourceId: 's' },
    reread: { sourceId: 's' },
    verify: { sourceId: 's' },
    audit: { limit: 1 },
    undoables: {},
    undo: { sourceId: 's', undoId: 'u' },
    saveSettings: { theme: 'dark', actAs: '' },
  };

  /** Values that no schema of the contract accepts in any place. */
  const junk = fc.oneof(
    fc.constantFrom(
      undefined,
      Number.NaN,
      '',
      'x'.repeat(5000),
      {},
      [],
      [null],
      -1,
      0.5,
      1e9,
      true,
      Symbol.iterator,
      10n,
    ),
    fc.object().map((value) => ({ ...value, '': 1 })),
  );

  test.each(CHANNELS)('%s is refused with junk for its parameters, and nothing hears of it', async (channel) => {
    const service = start();
    calls.length = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.anything().filter((value) => !requestSchemas[channel].safeParse(value).success),
        async (params) => {
          expect(await service.answer(channel, params)).toMatchObject({ ok: false, code: 'bad-request' });
        },
      ),
      { numRuns: 60 },
    );
    expect(calls).toEqual([]);
  });

  test.each(CHANNELS)('%s is refused with one parameter missing, wrong or too many', async (channel) => {
    const service = start();
    const good = wellFormed[channel];
    expect(requestSchemas[channel].safeParse(good).success).toBe(true);
    calls.length = 0;
    const keys = Object.keys(good);
    const broken = fc.oneof(
      junk.map((value) => ({ ...good, more: value })),
      ...keys.flatMap((key) => [
        fc.constant(Object.fromEntries(Object.entries(good).filter(([name]) => name !== key))),
        // Empty text is a name, a reason or a confirmation that is not given yet.
        junk.filter((value) => !MAY_BE_EMPTY.includes(key) || value !== '').map((value) => ({ ...good, [key]: value })),
      ]),
    );
    await fc.assert(
      fc.asyncProperty(broken, async (params) => {
        expect(await service.answer(channel, params)).toMatchObject({ ok: false, code: 'bad-request' });
      }),
      { numRuns: 60 },
    );
    expect(calls).toEqual([]);
    expect(settings.current().theme).toBe('system');
  });

  test('a channel that is none is refused, whatever it is', async () => {
    const service = start();
    const inherited = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'HELLO', 'hello '];
    const none = fc
      .oneof(fc.constantFrom(...inherited), fc.anything())
      .filter((value) => !CHANNELS.includes(value as Channel));
    await fc.assert(
      fc.asyncProperty(none, async (channel) => {
        expect(await service.answer(channel, {})).toMatchObject({ ok: false, code: 'bad-request' });
      }),
    );
  });

  test.each(['relative', './here', '../up', '~', 'file:///etc', '/with\0zero'])(
    '%j is no path to open',
    async (path) => {
      expect(await start().answer('open', { path })).toMatchObject({ ok: false, code: 'bad-request' });
      expect(calls).not.toContain('open');
    },
  );
});

describe('what is asked', () => {
  test('hello says who answers', async () => {
    expect(await start().answer('hello', {})).toEqual({
      ok: true,
      value: {
        host: 'web',
        version: '1.2.3',
        readOnly: false,
        canPickFolder: false,
        nowMs: 42,
        settings: { theme: 'system', actAs: '' },
        auditCount: 0,
      },
    });
  });

  test('a folder is opened, shown, remembered, closed and forgotten', async () => {
    const service = start();
    const opened = await service.answer('open', { path: proof });
    expect(opened).toMatchObject({ ok: true, value: { kind: 'opened', sourceIds: [expect.any(String)] } });
    await inspector.settled();
    const { sources, claims } = inspector.snapshot();
    expect(await service.answer('snapshot', {})).toMatchObject({ ok: true, value: { claims, sources: [{ held: 3 }] } });
    expect(await service.answer('detail', { key: claims[0]!.key })).toMatchObject({
      ok: true,
      value: { claim: { key: claims[0]!.key } },
    });
    expect((await openWorkspace(join(folder, 'data'))).last).toEqual([proof]);
    expect(await service.answer('reread', { sourceId: sources[0]!.id })).toEqual({ ok: true, value: null });
    expect(await service.answer('verify', { sourceId: sources[0]!.id })).toMatchObject({
      ok: true,
      value: { kind: 'same', claims: 3 },
    });
    expect(await service.answer('close', { sourceId: sources[0]!.id })).toEqual({ ok: true, value: null });
    expect(await service.answer('snapshot', {})).toMatchObject({ ok: true, value: { sources: [], claims: [] } });
    expect((await openWorkspace(join(folder, 'data'))).last).toEqual([]);
  });

  test('an unknown claim, source or plan is an answer, not a fault', async () => {
    const service = start();
    expect(await service.answer('detail', { key: 'nothing' })).toEqual({ ok: true, value: null });
    expect(await service.answer('close', { sourceId: 'nothing' })).toEqual({ ok: true, value: null });
    expect(await service.answer('reread', { sourceId: 'nothing' })).toEqual({ ok: true, value: null });
    const commit = await service.answer('commit', { planId: 'nothing', reason: null, confirmation: null });
    expect(commit).toMatchObject({
      ok: true,
      value: { kind: expect.stringMatching(/^(conflict|refused|failed)$/) as string },
    });
  });

  test('a plan is made and committed; read-only, the same plan is refused and nothing is written', async () => {
    await inspector.open(proof);
    await inspector.settled();
    const claim = inspector.snapshot().claims.find((each) => each.actions.includes('reap'))!;
    const before = await readdir(join(proof, 'ledger'));
    const request = { claims: [{ key: claim.key, seen: claim.seen }], action: 'reap', actAs: null };
    const planned = await start({ readOnly: true }).answer('plan', request);
    expect(planned).toMatchObject({ ok: true, value: { kind: 'planned' } });
    if (!planned.ok || planned.value === null || !('plan' in planned.value)) throw new Error('no plan');
    const commit = { planId: planned.value.plan.id, reason: null, confirmation: null };
    const refused = await start({ readOnly: true }).answer('commit', commit);
    expect(refused).toMatchObject({ ok: true, value: { kind: 'refused' } });
    expect(await readdir(join(proof, 'ledger'))).toEqual(before);
    expect(await start().answer('commit', commit)).toMatchObject({ ok: true, value: { kind: 'done' } });
    expect(await readdir(join(proof, 'ledger'))).toHaveLength(before.length + 1);
    const audit = await start().answer('audit', { limit: 1 });
    expect(audit).toMatchObject({ ok: true, value: [{ result: 'done', program: 'web 0.0.0' }] });
  });

  test('a folder dialog is asked for only where there is one', async () => {
    expect(await start().answer('pickFolder', {})).toMatchObject({ ok: false, code: 'not-allowed' });
    const given = start({ pickFolder: () => Promise.resolve(proof) });
    expect(await given.answer('hello', {})).toMatchObject({ value: { canPickFolder: true } });
    expect(await given.answer('pickFolder', {})).toMatchObject({ ok: true, value: { kind: 'opened' } });
    const givenUp = start({ pickFolder: () => Promise.resolve(null) });
    expect(await givenUp.answer('pickFolder', {})).toEqual({ ok: true, value: { kind: 'cancelled' } });
  });

  test('settings are kept, and every window hears of them', async () => {
    const services = [start(), start()];
    const heard: unknown[] = [];
    for (const service of services) service.onPush((push, value) => heard.push([push, value]));
    const changed = { theme: 'dark', actAs: 'ada' };
    expect(await services[0]!.answer('saveSettings', changed)).toEqual({ ok: true, value: changed });
    expect(heard).toEqual([
      ['settings', changed],
      ['settings', changed],
    ]);
    expect(JSON.parse(await readFile(join(folder, 'data', 'settings.json'), 'utf8'))).toEqual(changed);
  });

  test('a fault inside is answered in a plain sentence without its details', async () => {
    const service = start({ pickFolder: () => Promise.reject(new Error('secret detail')) });
    const reply = await service.answer('pickFolder', {});
    expect(reply).toMatchObject({ ok: false, code: 'broken' });
    expect(JSON.stringify(reply)).not.toContain('secret');
    const thrown = start({
      pickFolder: () => {
        throw new Error('at once');
      },
    });
    expect(await thrown.answer('pickFolder', {})).toMatchObject({ ok: false, code: 'broken' });
  });
});

describe('pushes', () => {
  test('every listener gets the same changes in the same order, until it is disposed of', async () => {
    const service = start();
    const heard: unknown[][] = [[], [], []];
    const stops = heard.map((list) => service.onPush((push, value) => push === 'changes' && list.push(value)));
    service.onPush(() => {
      throw new Error('a broken window');
    });
    stops[2]!();
    await service.open(proof);
    await inspector.settled();
    await vi.waitFor(() => {
      expect(JSON.stringify(heard[0])).toContain('"kind":"claim"');
    });
    expect(heard[1]).toEqual(heard[0]);
    expect(heard[2]).toEqual([]);
    const revisions = heard[0] as { from: number; to: number }[];
    for (const [i, { from }] of revisions.entries()) if (i > 0) expect(from).toBe(revisions[i - 1]!.to);
  });

  test('a notice waits for the first window that says hello', async () => {
    const service = start();
    const heard: unknown[] = [];
    service.onPush((push, value) => heard.push([push, value]));
    const early = { tone: 'info', message: 'early' } as const;
    service.tell(early);
    await service.answer('snapshot', {});
    expect(heard).toEqual([]);
    await service.answer('hello', {});
    await vi.waitFor(() => {
      expect(heard).toEqual([['notice', early]]);
    });
    service.tell({ tone: 'error', message: 'late' });
    expect(heard).toHaveLength(2);
    await service.answer('hello', {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toHaveLength(2);
  });

  test('after the end nothing is answered and nothing is sent', async () => {
    const service = start();
    const heard: unknown[] = [];
    service.onPush((push) => heard.push(push));
    await service.dispose();
    expect(await service.answer('snapshot', {})).toMatchObject({ ok: false, code: 'not-allowed' });
    await settings.save({ theme: 'dark', actAs: '' });
    await inspector.open(proof);
    await inspector.settled();
    expect(heard).toEqual([]);
  });
});
