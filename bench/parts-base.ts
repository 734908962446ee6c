import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeLedger } from './ledger-files';
import { median } from './median';
import type { FloorReader } from './programs';
import type { Figures } from './sample';

export interface Bench {
  /** Ours alone, and removed afterwards. */
  readonly folder: string;
  /** Also what takes minutes. */
  readonly full: boolean;
  readonly reader: FloorReader;
  /** Why nothing can be shown in a window here, a sentence; null where it can. */
  readonly whyNoWindow: string | null;
  sample(name: string, proof: string, count: number): Promise<Figures>;
}

export const SMALL = 100;
export const LARGE = 100_000;

export function largeProof({ folder }: Bench): string {
  const proof = join(folder, 'large');
  if (!existsSync(proof)) makeLedger(proof, LARGE);
  return proof;
}

let made = 0;
/** A new one each time. */
export function emptyFolder({ folder }: Bench): string {
  made += 1;
  const empty = join(folder, `empty-${made.toString()}`);
  mkdirSync(empty);
  return empty;
}

/** A new one each time: what is measured may make it grow. */
export function smallProof({ folder }: Bench): string {
  made += 1;
  const proof = join(folder, `small-${made.toString()}`);
  makeLedger(proof, SMALL);
  return proof;
}

export function medianOf(samples: readonly Figures[], name: string): number {
  return median(samples.map((figures) => figures[name] ?? Number.NaN));
}
