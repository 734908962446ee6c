import path from 'node:path';
import { afterAll } from 'vitest';
import { builtProgram, removeBuiltPrograms } from './built-program';

const ROOT = path.resolve(import.meta.dirname, '../..');

// Whoever imports this is cleaned up after, as the last of what its file does.
afterAll(removeBuiltPrograms);

/** The worker `file` (absolute) of a test as one file, which is gone after the last test of this file. */
export function workerProgram(file: string): Promise<string> {
  return builtProgram(path.relative(ROOT, file));
}
