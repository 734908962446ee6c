import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createHost } from '../../../core/host/create-host';
import type { Host } from '../../../core/host/host';
import { buildEvent } from '../../../core/ledger/events/build-event';
import { eventName } from '../../../core/ledger/events/event-names';
import { LedgerSource } from '../../../core/ledger/ledger-source';
import { LedgerReader } from '../../../core/ledger/reading/ledger-reader';
import type { Dialect } from '../../../core/ledger/replay/replay';
import { instantFromMs } from '../../../core/model';
import type { Reading } from '../../../core/port';
import { nodeCreated } from './events';

export const DIALECTS: readonly Dialect[] = ['living', 'seed'];
export const NEVER = new AbortController().signal;

/** A proof on disk, gone when its test is finished. */
export interface Proof {
  readonly folder: string;
  readonly ledger: string;
  readonly dialect: Dialect;
  /** Writes the next event (or event `at`) in one step, without lock. */
  put(event: object | string, at?: number): string;
  /** The names of the events, in order. */
  events(): readonly string[];
  text(name: string): string;
}

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockscope-ledger-')));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function proofIn(folder: string, dialect: Dialect): Proof {
  const ledger = join(folder, 'ledger');
  mkdirSync(ledger, { recursive: true });
  const events = () =>
    readdirSync(ledger)
      .filter((name) => name.endsWith('.json'))
      .sort();
  return {
    folder,
    ledger,
    dialect,
    events,
    put: (event, at = events().length + 1) => {
      const name = eventName(at, dialect);
      const temp = join(ledger, `.event-${at.toString()}.tmp`);
      writeFileSync(temp, typeof event === 'string' ? event : JSON.stringify(event));
      renameSync(temp, join(ledger, name));
      return name;
    },
    text: (name) => readFileSync(join(ledger, name), 'utf8'),
  };
}

/** A proof with nodes that nobody holds; in the seed dialect nodes need no event, so it begins with one that any tool may write. */
export function makeProof(dialect: Dialect, nodes: readonly string[] = ['1']): Proof {
  const proof = proofIn(tempFolder(), dialect);
  if (dialect === 'living') for (const node of nodes) proof.put(nodeCreated(node));
  else proof.put({ type: 'custom_event' });
  return proof;
}

/** What a tool writes that claims `node` from `fromMs` to `untilMs` (unix ms). */
export function claimEvent(
  dialect: Dialect,
  node: string,
  owner: string,
  untilMs: number,
  fromMs = Date.now(),
): string {
  return buildEvent(dialect, {
    action: 'claim',
    node,
    owner,
    timestamp: instantFromMs(fromMs),
    until: instantFromMs(untilMs),
  });
}

/** What a tool writes that ends the claim of `owner` on `node`. */
export function releaseEvent(dialect: Dialect, node: string, owner: string): string {
  return buildEvent(dialect, { action: 'release', node, owner, timestamp: instantFromMs(Date.now()) });
}

/** A claim that ended a minute ago. */
export function expiredClaim(dialect: Dialect, node: string, owner = 'ada'): string {
  return claimEvent(dialect, node, owner, Date.now() - 60_000, Date.now() - 120_000);
}

export function sourceOf(proof: { readonly folder: string }, host: Host = createHost()): LedgerSource {
  const source = new LedgerSource(proof.folder, host);
  onTestFinished(() => {
    source.close();
  });
  return source;
}

/** One look by somebody who knows nothing yet. */
export async function readAfresh(proof: { readonly folder: string }): Promise<Reading> {
  const source = new LedgerSource(proof.folder, createHost());
  try {
    return await source.read({ signal: NEVER });
  } finally {
    source.close();
  }
}

/** Everything that a reader knows of a ledger, for comparing one with another. */
export function knownBy(reader: LedgerReader): object {
  return {
    head: reader.head,
    dialect: reader.dialect,
    mixed: reader.mixed,
    claims: reader.replay.claims(),
    fault: reader.fault,
    findings: reader.findings,
    outOfReach: reader.outOfReach,
    tempFiles: reader.tempFiles.map((file) => file.name).sort(),
  };
}

export async function knownAfresh(proof: { readonly folder: string }): Promise<object> {
  const reader = new LedgerReader(proof.folder);
  await reader.read({ signal: NEVER });
  return knownBy(reader);
}
