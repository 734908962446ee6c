import { createRequire } from 'node:module';
import type koffi from 'koffi';

type Koffi = typeof koffi;

/** The functions of the system's C library. */
export interface SystemLibrary {
  /** A function by its declaration in C. Throws where there is none of this name. */
  readonly func: ReturnType<Koffi['load']>['func'];
  /** What the last call on this thread that was refused says why. */
  errno(): number;
}

/**
 * What this process has loaded already, the system's C library among it. Throws where the native library that calls it
 * cannot be loaded.
 *
 * By `require`: for its first `import()` a program of CommonJS has to set Node's other loader up.
 */
export function systemLibrary(): SystemLibrary {
  const calls = createRequire(import.meta.url)('koffi') as Koffi;
  const library = calls.load(null);
  return { func: library.func.bind(library), errno: () => calls.errno() };
}
