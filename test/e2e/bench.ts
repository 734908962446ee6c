import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Settings } from '../../contract';

const RECORDINGS = path.resolve(import.meta.dirname, '..', 'fixtures', 'af');

/** The folders of one test: proofs, the data folder of Lockscope, and what programs see as the temporary folder. */
export interface Bench {
  readonly folder: string;
  /** `LOCKSCOPE_HOME`. */
  readonly home: string;
  readonly temp: string;
  /** A fresh copy of a recording, called `title`. Absolute. */
  recording(name: string, title?: string): string;
  /** A fresh proof of the living dialect with these events after its beginning. Absolute. */
  proof(title: string, events: readonly object[]): string;
  /** Puts settings there before a start. */
  settings(settings: Settings): void;
  /** Ledger files by name, with their bytes. */
  ledger(proof: string): ReadonlyMap<string, string>;
  /** The lines of the audit log, oldest first. */
  audit(): readonly Record<string, unknown>[];
  remove(): void;
}

export function createBench(): Bench {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lockscope-e2e-'));
  const home = path.join(folder, 'home');
  const temp = path.join(folder, 'temp');
  const proofs = path.join(folder, 'proofs');
  for (const each of [home, temp, proofs]) mkdirSync(each);
  return {
    folder,
    home,
    temp,
    recording(name, title = name) {
      const proof = path.join(proofs, title);
      cpSync(path.join(RECORDINGS, name), proof, { recursive: true });
      return proof;
    },
    proof(title, events) {
      const proof = path.join(proofs, title);
      for (const name of ['ledger', 'locks', 'nodes']) mkdirSync(path.join(proof, name), { recursive: true });
      writeFileSync(path.join(proof, 'meta.json'), '{"version": "1.0"}');
      [proofInitialized(), ...events].forEach((event, i) => {
        writeFileSync(eventFile(proof, i + 1), JSON.stringify(event), { flag: 'wx' });
      });
      return proof;
    },
    settings(settings) {
      writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings));
    },
    ledger: (proof) => readLedger(proof),
    audit() {
      return readFileSync(path.join(home, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    remove() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

function readLedger(proof: string): ReadonlyMap<string, string> {
  const ledger = path.join(proof, 'ledger');
  return new Map(
    readdirSync(ledger, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort()
      .map((name) => [name, readFileSync(path.join(ledger, name), 'utf8')]),
  );
}

export function eventFile(proof: string, sequence: number): string {
  return path.join(proof, 'ledger', `${sequence.toString().padStart(6, '0')}.json`);
}

/** RFC 3339, so many seconds from now. */
function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

function proofInitialized(): object {
  return { type: 'proof_initialized', timestamp: inSeconds(-900), conjecture: 'A test', author: 'tester' };
}

export function nodeCreated(id: string, statement = `Statement of ${id}`): object {
  const node = {
    id,
    type: 'claim',
    statement,
    inference: 'assumption',
    workflow_state: 'available',
    epistemic_state: 'pending',
    taint_state: 'unresolved',
    content_hash: 'ea74ad3c7a4573f4cfb53da071ef50a8b13ab33509ed0f8d11fb22dd0832f734',
    created: inSeconds(-900),
    claimed_at: '0001-01-01T00:00:00Z',
  };
  return { type: 'node_created', timestamp: inSeconds(-900), node };
}

/** A claim that was taken `ageSeconds` ago and ends `leftSeconds` from now. */
export function nodesClaimed(ids: readonly string[], owner: string, leftSeconds: number, ageSeconds = 300): object {
  return {
    type: 'nodes_claimed',
    timestamp: inSeconds(-ageSeconds),
    node_ids: ids,
    owner,
    timeout: inSeconds(leftSeconds),
  };
}

export function nodesReleased(ids: readonly string[]): object {
  return { type: 'nodes_released', timestamp: inSeconds(0), node_ids: ids };
}
