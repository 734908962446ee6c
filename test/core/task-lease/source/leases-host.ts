import { afterAll, onTestFinished } from 'vitest';
import { createHost } from '../../../../core/host/create-host';
import type { Clock, Host } from '../../../../core/host/host';
import type { Reading } from '../../../../core/port';
import { TaskLeaseSource } from '../../../../core/task-lease/source/task-lease-source';
import { builtProgram, removeBuiltPrograms } from '../../../helpers/built-program';

/** This machine, with the real program that opens databases. */
export async function leasesHost(clock?: Clock): Promise<Host> {
  const host = createHost({ databaseProcess: await builtProgram('core/task-lease/database-process.ts') });
  return clock === undefined ? host : { ...host, clock };
}

/** For each file of tests that uses `leasesHost`. */
export function removeProgramsAfterwards(): void {
  afterAll(removeBuiltPrograms);
}

/** A source that is closed when its test is finished. */
export function sourceOf(project: { readonly folder: string }, host: Host): TaskLeaseSource {
  const source = new TaskLeaseSource(project.folder, host);
  onTestFinished(() => source.close());
  return source;
}

export function readOnce(source: TaskLeaseSource): Promise<Reading> {
  return source.read({ signal: new AbortController().signal });
}
