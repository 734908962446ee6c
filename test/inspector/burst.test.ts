import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ledgerProtocol } from '../../core/ledger';
import type { Changes } from '../../core/model';
import type { ProtocolPort } from '../../core/port';
import { removeBuiltPrograms } from '../helpers/built-program';
import { burst } from '../helpers/burst';
import { eventually, inspect, tempFolder } from '../helpers/inspect';

const NODES = Array.from({ length: 100 }, (_, i) => `1.${(i + 1).toString()}`);
const EVENTS = 5_001;

afterAll(removeBuiltPrograms);

async function proofOf(folder: string, nodes: readonly string[]): Promise<number> {
  for (const name of ['ledger', 'locks', 'nodes']) await mkdir(path.join(folder, name), { recursive: true });
  const timestamp = new Date().toISOString();
  const events = [
    { type: 'proof_initialized', timestamp, conjecture: 'c', author: 'a' },
    ...['1', ...nodes].map((id) => ({ type: 'node_created', timestamp, node: node(id, timestamp) })),
  ];
  for (const [i, event] of events.entries()) {
    await writeFile(path.join(folder, 'ledger', `${(i + 1).toString().padStart(6, '0')}.json`), JSON.stringify(event));
  }
  return events.length;
}

function node(id: string, created: string): object {
  const states = { workflow_state: 'available', epistemic_state: 'pending', taint_state: 'unresolved' };
  return { id, type: 'claim', statement: id, inference: 'assumption', ...states, content_hash: '', created };
}

/** The ledger's protocol, counting what is asked of it. */
function counted() {
  const readings = { begun: 0, atOnce: 0, mostAtOnce: 0 };
  const protocol: ProtocolPort = {
    ...ledgerProtocol,
    open(folder, host) {
      const source = ledgerProtocol.open(folder, host);
      const read = source.read.bind(source);
      source.read = async (options) => {
        readings.begun += 1;
        readings.atOnce += 1;
        readings.mostAtOnce = Math.max(readings.mostAtOnce, readings.atOnce);
        try {
          return await read(options);
        } finally {
          readings.atOnce -= 1;
        }
      };
      return source;
    },
  };
  return { protocol, readings };
}

describe('a burst of 5,000 events in a second', () => {
  it('is told completely, in order and once, with few readings and little memory', async () => {
    const root = await tempFolder();
    const proof = path.join(root, 'proof');
    const last = await proofOf(proof, NODES);
    const { protocol, readings } = counted();
    const inspector = inspect({ protocols: [protocol], dataFolder: path.join(root, 'data') });
    await inspector.open(proof);
    await inspector.settled();
    const batches: Changes[] = [];
    inspector.onChanges((changes) => batches.push(changes));
    const before = { readings: readings.begun, memory: process.memoryUsage().rss };

    const tookMs = await burst({ proof, first: last + 1, events: EVENTS, ms: 1_000, nodes: NODES });
    await eventually(() => inspector.snapshot().sources[0]?.head === last + EVENTS);

    const told = batches.flatMap(({ changes }) =>
      changes.flatMap((change) => (change.kind === 'transition' ? [change.transition.sequence] : [])),
    );
    expect(told).toEqual(Array.from({ length: EVENTS }, (_, i) => last + 1 + i));
    expect(inspector.snapshot().claims.map(({ resource, holder }) => `${resource} ${String(holder)}`)).toEqual([
      `1.1 burst-${(EVENTS - 1).toString()}`,
    ]);
    for (const [i, { from, to }] of batches.entries()) {
      expect(from).toBe(batches[i - 1]?.to ?? from);
      expect(to).toBe(from + 1);
    }
    expect(readings.mostAtOnce).toBe(1);
    // Hints that keep coming are gathered for up to 50 ms.
    expect(readings.begun - before.readings).toBeLessThan(tookMs / 20 + 20);
    expect((process.memoryUsage().rss - before.memory) / 2 ** 20).toBeLessThan(120);
    const settled = readings.begun;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(readings.begun - settled, 'It goes on reading what does not change.').toBeLessThan(4);
  });
});
