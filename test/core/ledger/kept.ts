import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { MemoOptions } from '../../../core/host/memos';
import { LedgerKeeper } from '../../../core/ledger/kept/ledger-keeper';
import { LedgerReader } from '../../../core/ledger/reading/ledger-reader';
import { knownBy, NEVER } from './proof';

/** Files are settled after this long in tests, in ms. File systems count in ticks of 10 ms at most. */
const SETTLED_MS = 25;

/** A folder of memos, of ledgers of any size. */
export function memosIn(folder: string, program = 'test 1'): MemoOptions {
  return { folder, program, leastParts: 0, settledMs: SETTLED_MS };
}

export function settled(): Promise<void> {
  return wait(SETTLED_MS + 20);
}

/** The paths of all memos that there are. */
export function memosOf({ folder }: MemoOptions): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.memo'))
    .map((name) => join(folder, name));
}

/** Tells whether what was kept was believed. */
class WatchedKeeper extends LedgerKeeper {
  recalledTo: number | null = null;

  override recalled(head: number): void {
    this.recalledTo = head;
    super.recalled(head);
  }
}

export interface Opened {
  readonly reader: LedgerReader;
  /** Up to here the reading was kept and believed; null when everything was read. */
  readonly recalledTo: number | null;
  /** Reads on. */
  read(fresh?: boolean): Promise<void>;
  /** Lets go of it, and keeps it if it is worth it. */
  close(): Promise<void>;
}

/** Opens a ledger as a program does that was started anew, with what others have kept. */
export async function openKept(proof: { readonly folder: string }, memos: MemoOptions): Promise<Opened> {
  const keeper = new WatchedKeeper(memos, proof.folder);
  const reader = new LedgerReader(proof.folder, { keeper });
  const read = async (fresh = false): Promise<void> => {
    await reader.read({ signal: NEVER, fresh });
  };
  await read();
  const close = async (): Promise<void> => {
    reader.close();
    await keeper.close({ reading: () => reader.keepable });
  };
  return { reader, recalledTo: keeper.recalledTo, read, close };
}

/** Everything that a reader knows, its past too. */
export function allKnownBy(reader: LedgerReader): object {
  return { ...knownBy(reader), past: [...reader.log.range()], naming: reader.nameOf(1) };
}

/** What somebody knows who reads everything. */
export async function allKnownCold(proof: { readonly folder: string }): Promise<object> {
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  return allKnownBy(reader);
}
