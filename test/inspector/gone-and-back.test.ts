import { cp, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ledgerProtocol } from '../../core/ledger';
import type { Snapshot } from '../../core/model';
import type { Inspector } from '../../inspector';
import { eventually, inspect, sleep, tempFolder } from '../helpers/inspect';

const AF = path.resolve(import.meta.dirname, '../fixtures/af');
/** A folder that is away is noticed by a look every 2 s at the latest. */
const SOON_MS = 6_000;

interface Watched {
  readonly inspector: Inspector;
  readonly proof: string;
  /** Every picture that anybody could have seen since the start, as `who`. */
  readonly seen: Set<string>;
}

/** Who holds what, and how sure that is. */
function who({ claims }: Snapshot): string {
  return claims
    .map(({ resource, holder, verdict }) => `${resource} ${String(holder)} ${verdict}`)
    .sort()
    .join(', ');
}

async function watched(): Promise<Watched> {
  const root = await tempFolder();
  const proof = path.join(root, 'proof');
  await putBack(proof, 'three-agents');
  const inspector = inspect({ protocols: [ledgerProtocol], dataFolder: path.join(root, 'data') });
  await inspector.open(proof);
  await inspector.settled();
  // A watch that only begins to tell is no part of what is tested here.
  await sleep(100);
  const seen = new Set([who(inspector.snapshot())]);
  onTestFinished(inspector.onChanges(() => seen.add(who(inspector.snapshot()))));
  return { inspector, proof, seen };
}

function putBack(proof: string, recording: string): Promise<void> {
  return cp(path.join(AF, recording), proof, { recursive: true });
}

const status = (inspector: Inspector) => inspector.snapshot().sources[0]?.status.kind;

async function outOfReach(inspector: Inspector): Promise<void> {
  await eventually(() => status(inspector) === 'out-of-reach', SOON_MS);
  const { claims } = inspector.snapshot();
  expect(claims.map(({ verdict }) => verdict)).toEqual(claims.map(() => 'unknown'));
  for (const { key, seen, actions } of claims) {
    const action = actions[0] ?? 'reap';
    expect((await inspector.plan({ claims: [{ key, seen }], action, actAs: 'prover-ada' })).kind).toBe('refused');
  }
}

/** As `ls` of a fresh start shows it. */
async function truth(proof: string): Promise<string> {
  const fresh = inspect({ protocols: [ledgerProtocol], dataFolder: `${proof}-fresh`, watch: false });
  await fresh.open(proof);
  await fresh.settled();
  const shown = who(fresh.snapshot());
  await fresh.dispose();
  return shown;
}

async function isTrueAgain({ inspector, proof }: Watched): Promise<void> {
  const expected = await truth(proof);
  await eventually(() => status(inspector) !== 'out-of-reach' && who(inspector.snapshot()) === expected, SOON_MS);
  await eventually(() => inspector.snapshot().sources[0]?.watch === 'watching', SOON_MS);
}

/** Nothing was ever shown but what stood there at some time, or what stood there and is out of reach. */
function onlySaw({ seen }: Watched, ...pictures: readonly string[]): void {
  const unknown = pictures.map((picture) => picture.replaceAll(/ [a-z]+(?=,|$)/g, ' unknown'));
  expect([...pictures, ...unknown]).toEqual(expect.arrayContaining([...seen]));
}

describe('a proof that goes away while it is watched', () => {
  it('and comes back with the same bytes is shown as before', async () => {
    const kept = await watched();
    const before = await truth(kept.proof);
    await rm(kept.proof, { recursive: true });
    await outOfReach(kept.inspector);
    await putBack(kept.proof, 'three-agents');
    await isTrueAgain(kept);
    expect(who(kept.inspector.snapshot())).toBe(before);
  });

  it('and at once another one stands under its name: its claims, and none of the old', async () => {
    const kept = await watched();
    await rm(kept.proof, { recursive: true });
    await putBack(kept.proof, 'reaped');
    await isTrueAgain(kept);
  });

  it('and after a while another one stands under its name', async () => {
    const kept = await watched();
    await rm(kept.proof, { recursive: true });
    await outOfReach(kept.inspector);
    await putBack(kept.proof, 'bricked-by-concurrent-reap');
    await isTrueAgain(kept);
    expect(status(kept.inspector)).toBe('unreadable');
  });

  it('and an older state of it is restored: the claims of then', async () => {
    const kept = await watched();
    const before = await truth(kept.proof);
    const older = `${kept.proof}-older`;
    await putBack(older, 'three-agents');
    const ledger = path.join(older, 'ledger');
    for (const name of (await readdir(ledger)).filter((each) => each.endsWith('.json')).slice(-4)) {
      await rm(path.join(ledger, name));
    }
    const then = await truth(older);
    expect(then).not.toBe(before);
    await rename(kept.proof, `${kept.proof}-gone`);
    await rename(older, kept.proof);
    await isTrueAgain(kept);
    onlySaw(kept, before, then);
  });

  it('with its ledger folder alone, also when that comes back in the place of the new one', async () => {
    const kept = await watched();
    const before = await truth(kept.proof);
    const ledger = path.join(kept.proof, 'ledger');
    await rename(ledger, `${ledger}-aside`);
    await outOfReach(kept.inspector);
    await rename(`${ledger}-aside`, ledger);
    await isTrueAgain(kept);
    onlySaw(kept, before);
  });

  it('with one event in its middle: unreadable from there on, and right when it is back', async () => {
    const kept = await watched();
    const event = path.join(kept.proof, 'ledger', '000008.json');
    await rename(event, `${kept.proof}-aside`);
    const truncated = await truth(kept.proof);
    await eventually(() => status(kept.inspector) === 'unreadable', SOON_MS);
    expect(who(kept.inspector.snapshot())).toBe(truncated);
    await rename(`${kept.proof}-aside`, event);
    await isTrueAgain(kept);
    expect(status(kept.inspector)).toBe('readable');
  });

  it('with its last event, which comes back: the claims of then, then those of now', async () => {
    const kept = await watched();
    const event = path.join(kept.proof, 'ledger', '000012.json');
    await rename(event, `${kept.proof}-aside`);
    await eventually(() => kept.inspector.snapshot().sources[0]?.head === 11, SOON_MS);
    expect(who(kept.inspector.snapshot())).toBe(await truth(kept.proof));
    await rename(`${kept.proof}-aside`, event);
    await eventually(() => kept.inspector.snapshot().sources[0]?.head === 12, SOON_MS);
    await isTrueAgain(kept);
  });

  it('event by event, the first first, as `rm -r` takes it, ends without a claim that never was', async () => {
    const kept = await watched();
    const before = await truth(kept.proof);
    const ledger = path.join(kept.proof, 'ledger');
    for (const name of (await readdir(ledger)).sort()) {
      await rm(path.join(ledger, name));
      await sleep(30);
    }
    await eventually(() => kept.inspector.snapshot().claims.length === 0, SOON_MS);
    onlySaw(kept, before, '');
    await putBack(kept.proof, 'three-agents');
    await isTrueAgain(kept);
  });

  it('and comes back again and again leaves nothing behind that goes wrong later', async () => {
    const kept = await watched();
    for (let round = 0; round < 6; round += 1) {
      await rename(kept.proof, `${kept.proof}-aside`);
      await sleep(round * 60);
      await rename(`${kept.proof}-aside`, kept.proof);
      await sleep(round * 30);
    }
    await isTrueAgain(kept);
    await rm(path.join(kept.proof, 'ledger', '000012.json'));
    await eventually(() => kept.inspector.snapshot().sources[0]?.head === 11, SOON_MS);
  });

  it('with other bytes under the same number and time is noticed by what they are', async () => {
    const kept = await watched();
    const other = `${kept.proof}-other`;
    await putBack(other, 'reaped');
    await rename(path.join(kept.proof, 'ledger'), `${kept.proof}-aside`);
    await rename(path.join(other, 'ledger'), path.join(kept.proof, 'ledger'));
    const then = new Date(0);
    await utimes(path.join(kept.proof, 'ledger'), then, then);
    await isTrueAgain(kept);
  });
});
