import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createHost } from '../../core/host/create-host';
import type { Clock, Host } from '../../core/host/host';
import type { ClaimRow, Snapshot } from '../../core/model';
import { createInspector, type Inspector, type InspectorOptions } from '../../inspector';

/** A real clock that can be set, as an operator or a time server sets one. */
export class SettableClock implements Clock {
  offsetMs = 0;

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }
}

/** A folder of its own for one test, gone when the test is finished. */
export async function tempFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'lockscope-test-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** This machine, with a clock that can be set. */
export function hostWith(clock: Clock): Host {
  return { clock, processes: createHost().processes };
}

/** An inspector that ends with its test. */
export function inspect(
  options: Partial<InspectorOptions> & Pick<InspectorOptions, 'protocols' | 'dataFolder'>,
): Inspector {
  const inspector = createInspector({
    host: createHost(),
    program: 'test 0',
    readOnly: false,
    watch: true,
    ...options,
  });
  onTestFinished(() => inspector.dispose());
  return inspector;
}

/** Waits until `probe` gives something else than undefined or false. Fails after `ms`. */
export async function eventually<T>(probe: () => T | undefined | false, ms = 5_000): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    const value = probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > until) throw new Error(`It did not happen within ${ms} ms: ${probe.toString()}`);
    await sleep(5);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The row of a resource. */
export function rowOf(snapshot: Snapshot, resource: string): ClaimRow | undefined {
  return snapshot.claims.find((claim) => claim.resource === resource);
}
