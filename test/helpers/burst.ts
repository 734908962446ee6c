import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Burst {
  /** Absolute. */
  readonly proof: string;
  /** The number of its first event. */
  readonly first: number;
  readonly events: number;
  /** How long it takes, at least. */
  readonly ms: number;
  /** Taken and given back in turn. */
  readonly nodes: readonly string[];
}

/** A real process appends so many events. Resolves when all are written, with the ms that it took. */
export async function burst({ proof, first, events, ms, nodes }: Burst): Promise<number> {
  const script = path.join(import.meta.dirname, 'burst-process.ts');
  const args = ['--import', 'tsx', script, proof, first, events, ms, nodes.join(',')].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
