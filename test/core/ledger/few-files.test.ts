import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../core/model';
import { workerProgram } from '../../helpers/worker-program';
import { nodeCreated } from './events';
import type { FewFiles } from './few-files.worker';
import { claimEvent, DIALECTS, makeProof, type Proof, readAfresh } from './proof';

const LIMIT = 64;
const MOST_FREE = 12;
const NODES = 40;

/** Claims in events and, beside them, in lock files. */
function claimedProof(dialect: Proof['dialect']): Proof {
  const proof = makeProof(dialect);
  const untilMs = Date.now() + 3_600_000;
  for (let i = 1; i <= NODES; i += 1) {
    const node = `1.${i.toString()}`;
    if (dialect === 'living') proof.put(nodeCreated(node));
    proof.put(claimEvent(dialect, node, `agent ${i.toString()}`, untilMs));
  }
  const record = {
    node_id: '1',
    owner: 'grace',
    acquired_at: '2026-01-15T10:30:00Z',
    expires_at: '2096-01-15T10:30:00Z',
  };
  mkdirSync(path.join(proof.folder, 'locks'));
  writeFileSync(path.join(proof.folder, 'locks', '1.lock'), JSON.stringify(record));
  return proof;
}

const shown = (claims: readonly Claim[]) =>
  claims.map(({ resource, holder }) => `${resource} ${String(holder.name)}`).sort();

/** Runs the worker where no more than 64 files can be open at once. */
async function readWithFew(proof: Proof): Promise<readonly FewFiles[]> {
  const program = await workerProgram(path.join(import.meta.dirname, 'few-files.worker.ts'));
  const script = `ulimit -n ${LIMIT.toString()} && exec "$@"`;
  const args = ['-c', script, 'sh', process.execPath, program, proof.folder, MOST_FREE.toString()];
  const { stdout } = await promisify(execFile)('sh', args, { maxBuffer: 2 ** 26, timeout: 30_000 });
  return JSON.parse(stdout) as readonly FewFiles[];
}

describe.skipIf(process.platform === 'win32')('a process that may open no more files', () => {
  it.each(DIALECTS)(
    '%s: says of a source that it could not be read, shows nothing that is not so, and reads it when it can',
    async (dialect) => {
      const proof = claimedProof(dialect);
      const whole = await readAfresh(proof);
      expect(whole).toMatchObject({ status: { kind: 'readable' }, findings: [] });
      const all = shown(whole.upserted);
      expect(all).toHaveLength(NODES + 1);
      const kinds = new Set<string>();
      for (const { free, starved, later } of await readWithFew(proof)) {
        const what = `${free.toString()} left`;
        kinds.add(starved.status.kind);
        if (starved.status.kind === 'readable') {
          expect(shown(starved.upserted), what).toEqual(all);
          expect(starved, what).toMatchObject({ head: whole.head, findings: [] });
        } else {
          expect(['out-of-reach', 'undecided'], what).toContain(starved.status.kind);
          expect(JSON.stringify(starved), what).toContain('too many files open');
          expect(all, what).toEqual(expect.arrayContaining(shown(starved.upserted)));
        }
        expect(later.status, what).toEqual({ kind: 'readable' });
        const known = new Map(
          [...(later.reset ? [] : starved.upserted), ...later.upserted].map((claim) => [claim.id, claim]),
        );
        for (const id of later.removed) known.delete(id);
        expect(shown([...known.values()]), what).toEqual(all);
        expect(later, what).toMatchObject({ head: whole.head, findings: [] });
      }
      // It was met, and it was got over: otherwise this shows nothing.
      expect(kinds.size).toBeGreaterThan(1);
      expect(kinds).toContain('readable');
    },
    60_000,
  );
});
