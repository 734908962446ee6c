import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtProgram } from './built-program';

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

/**
 * A real process appends so many events. Resolves when all are written, with the ms that it took. Whoever calls this
 * calls `removeBuiltPrograms` at the end.
 */
export async function burst({ proof, first, events, ms, nodes }: Burst): Promise<number> {
  const program = await builtProgram('test/helpers/burst-process.ts');
  const args = [program, proof, first, events, ms, nodes.join(',')].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
