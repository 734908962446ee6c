import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { livingName } from '../../../../core/ledger/events/event-names';
import { LedgerReader } from '../../../../core/ledger/reading/ledger-reader';
import { claimsAsOf } from '../../../../core/ledger/replay/claims-as-of';
import { buildReadingThread } from '../../../helpers/bundles';
import { nodeCreated, nodesClaimed, nodesReleased } from '../events';
import { knownBy, makeProof, NEVER, type Proof, tempFolder } from '../proof';

const EVENTS = 6_000;
/** What stands in the middle is far from both ends of every batch. */
const MIDDLE = 4_321;

let thread: Awaited<ReturnType<typeof buildReadingThread>>;
beforeAll(async () => {
  thread = await buildReadingThread();
});
afterAll(() => thread.remove());

function longProof(): Proof {
  const proof = makeProof('living');
  for (let i = 2; i <= EVENTS; i += 1) {
    const event = i % 2 === 0 ? nodesClaimed(['1'], `agent-${(i % 5).toString()}`) : nodesReleased('1');
    writeFileSync(join(proof.ledger, livingName(i)), JSON.stringify(event));
  }
  return proof;
}

async function readWith(proof: Proof, readingThread?: string) {
  const reader = new LedgerReader(proof.folder, { readingThread });
  await reader.read({ signal: NEVER });
  return {
    ...knownBy(reader),
    head: reader.head,
    claims: reader.replay.claims(),
    log: [...reader.log.range()],
    newer: reader.eventsSince(0),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const nextPath = ({ ledger }: Proof, sequence = MIDDLE): string => join(ledger, livingName(sequence));

describe('a thread that reads beside', () => {
  const places: Readonly<Record<string, (proof: Proof) => void>> = {
    'nothing special': () => undefined,
    'a link inside of the proof': (proof) => {
      renameSync(nextPath(proof), join(proof.folder, 'aside.json'));
      symlinkSync(join(proof.folder, 'aside.json'), nextPath(proof));
    },
    'a link out of it': (proof) => {
      const aside = join(tempFolder(), 'aside.json');
      renameSync(nextPath(proof), aside);
      symlinkSync(aside, nextPath(proof));
    },
    'an event that is refused': (proof) => {
      writeFileSync(nextPath(proof), '{"type":"nodes_released","node_ids":["7"]}');
    },
    'half an event': (proof) => {
      writeFileSync(nextPath(proof), '{"type":');
    },
    'an empty file': (proof) => {
      writeFileSync(nextPath(proof), '');
    },
    'the longest event': (proof) => {
      writeFileSync(nextPath(proof), `{"type":"nodes_released","node_ids":["1"],"a":"`.padEnd(1_048_574, 'x') + '"}');
    },
    'one that is longer than allowed': (proof) => {
      writeFileSync(nextPath(proof), Buffer.alloc(1_048_577, 0x20));
    },
    'many long ones': (proof) => {
      for (let i = MIDDLE; i < MIDDLE + 20; i += 1) {
        writeFileSync(
          nextPath(proof, i),
          JSON.stringify({ ...nodeCreated(`1.${i.toString()}`), pad: 'x'.repeat(900_000) }),
        );
      }
      writeFileSync(nextPath(proof, MIDDLE + 20), JSON.stringify(nodesClaimed(['1'])));
      for (let i = MIDDLE + 21; i <= EVENTS; i += 1) rmSync(nextPath(proof, i));
    },
    'a folder': (proof) => {
      rmSync(nextPath(proof));
      mkdirSync(nextPath(proof));
    },
    'a type of the other dialect': (proof) => {
      writeFileSync(nextPath(proof), '{"type":"lock_acquired","node_id":"1","owner":"ada"}');
    },
  };

  it.each(Object.entries(places))('comes to what reading alone comes to: %s', async (_name, place) => {
    const proof = longProof();
    place(proof);
    const byThread = await readWith(proof, thread.program);
    expect(byThread).toEqual(await readWith(proof));
    // And to what comes out one by one, without batches.
    const reader = new LedgerReader(proof.folder);
    await reader.read({ signal: NEVER });
    const { upTo, claims } = claimsAsOf(reader, EVENTS);
    expect({ head: byThread.head, claims: byThread.claims }).toEqual({ head: upTo, claims });
  });

  it('leaves each claim the digest of its own event, whatever came into the same room later', async () => {
    const proof = longProof();
    writeFileSync(nextPath(proof, 2), JSON.stringify(nodeCreated('1.1')));
    writeFileSync(nextPath(proof, 3), JSON.stringify(nodesClaimed(['1.1'], 'grace')));
    for (const program of [undefined, thread.program]) {
      const { claims } = await readWith(proof, program);
      const digests = claims.map(({ changedBy, digest }) => [changedBy, digest]);
      expect(digests).toEqual([EVENTS, 3].map((at) => [at, sha256(readFileSync(nextPath(proof, at)))]));
    }
  });

  it('that cannot be started, or dies, is done without', async () => {
    const proof = longProof();
    const folder = tempFolder();
    const alone = await readWith(proof);
    const programs = {
      'throws.cjs': 'throw new Error("no")',
      'exits.cjs': 'process.exit(3)',
      'dies-later.cjs': `require(${JSON.stringify(thread.program)}); require('node:worker_threads').parentPort.once('message', () => setTimeout(() => process.exit(1), 30))`,
    };
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, name), text);
      expect(await readWith(proof, join(folder, name)), name).toEqual(alone);
    }
    expect(await readWith(proof, join(folder, 'is-not-there.cjs'))).toEqual(alone);
    expect(await readWith(proof, 'not absolute')).toEqual(alone);
  });

  it('ends with the reading: whole, refused or aborted, and leaves no file open', async () => {
    const proof = longProof();
    writeFileSync(nextPath(proof), '{}');
    await readWith(proof, thread.program);
    const before = (await readdir('/proc/self/task').catch(() => [])).length;
    const openBefore = (await readdir('/proc/self/fd').catch(() => [])).length;
    for (let i = 0; i < 5; i += 1) {
      await readWith(proof, thread.program);
      const aborter = new AbortController();
      const reader = new LedgerReader(proof.folder, { readingThread: thread.program });
      const reading = reader.read({ signal: aborter.signal, onProgress: () => aborter.abort() });
      setTimeout(() => aborter.abort(), 10 * i);
      await expect(reading).rejects.toThrow();
    }
    await expect
      .poll(async () => (await readdir('/proc/self/task').catch(() => [])).length)
      .toBeLessThanOrEqual(before);
    await expect
      .poll(async () => (await readdir('/proc/self/fd').catch(() => [])).length)
      .toBeLessThanOrEqual(openBefore);
  });
});
