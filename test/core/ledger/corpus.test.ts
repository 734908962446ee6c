import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatGoTime, parseGoTime } from '../../../core/ledger/events/go-time';
import type { Instant } from '../../../core/model';
import { byNode, type CorpusLine, eventNumberIn, filesOf, readLiving } from './living-ledger';

const AF = join(import.meta.dirname, '../../fixtures/af');
const ZERO = '0001-01-01T00:00:00Z';

const lines = readFileSync(join(AF, 'corpus/verdicts.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as CorpusLine);

function inUtc(text: string): string {
  return formatGoTime(parseGoTime(text) as Instant);
}

describe('the living program said of each ledger of the corpus what the replay says', () => {
  it('has the whole corpus', () => {
    expect(lines.length).toBeGreaterThanOrEqual(207);
  });

  it.each(lines.map((line) => [line.name, line] as const))('%s', (_name, line) => {
    const verdict = readLiving(filesOf(line));
    expect(verdict.readable, verdict.message ?? '').toBe(line.status_ok);
    if (line.error !== undefined) {
      const number = eventNumberIn(line.error);
      expect(verdict.at).toBe(number);
      expect(verdict.message).toContain(`#${String(number)}: `);
    }
    if (line.claims !== undefined) {
      const ours = verdict.claims.map((claim) => ({
        node: claim.node,
        owner: claim.owner,
        expires: claim.expiresAt === null ? ZERO : formatGoTime(claim.expiresAt),
      }));
      expect(ours).toEqual(byNode(line.claims));
    }
  });
});

describe('a replay of the corpus that is kept after any of its events', () => {
  it.each(lines.map((line) => [line.name, line] as const))('%s', (_name, line) => {
    const files = filesOf(line);
    for (let kept = 0; kept <= Math.min(files.size, 12); kept += 1) {
      expect(readLiving(files, kept)).toEqual(readLiving(files));
    }
  });
});

function recording(name: string): ReadonlyMap<string, Uint8Array> {
  const ledger = join(AF, name, 'ledger');
  return new Map(readdirSync(ledger).map((file) => [file, readFileSync(join(ledger, file))]));
}

interface ExpectedAgents {
  readonly claimed_nodes:
    | readonly { readonly node_id: string; readonly owner: string; readonly claimed_at: string }[]
    | null;
}

describe('recordings of the living program', () => {
  it.each(['accepted', 'reaped', 'three-agents'])('%s: the claims that it listed, to the nanosecond', (name) => {
    const expected = JSON.parse(readFileSync(join(AF, name, 'expected-agents.json'), 'utf8')) as ExpectedAgents;
    const verdict = readLiving(recording(name));
    expect(verdict.readable).toBe(true);
    expect(
      verdict.claims.map((claim) => ({
        node_id: claim.node,
        owner: claim.owner,
        claimed_at: claim.expiresAt === null ? ZERO : inUtc(claim.expiresAt.text),
      })),
    ).toEqual(expected.claimed_nodes ?? []);
  });

  it('bricked-by-concurrent-reap: named at event 5, with what came before it', () => {
    const verdict = readLiving(recording('bricked-by-concurrent-reap'));
    expect(verdict.message).toBe(
      'Its own tools cannot read it from #5: nodes_released for node 1, which is not claimed.',
    );
    expect(verdict.at).toBe(5);
  });
});
