import { nodeSteps } from '../../core/host/file-steps';
import { fileSteps } from '../../core/host/quickest-steps';

/** How a lock's files are made: by the quickest steps of this machine, or as on one of which nothing is known. */
export type Way = 'own' | 'node';

/**
 * Has `before` called before each step that goes around `node:fs`, with its name and what it is given. Those that go
 * through it are for the caller to count. Gives what the steps are called: `NativeSteps`, or `Object` for those of Node.
 */
export async function beforeEachStep(
  way: Way,
  before: (name: string, args: readonly unknown[]) => void,
): Promise<string> {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
  if (way === 'node') Object.defineProperty(process, 'arch', { ...arch, value: 'unheard-of' });
  const steps = await fileSteps();
  Object.defineProperty(process, 'arch', arch);
  if (steps !== nodeSteps) {
    for (const name of ['create', 'write', 'lookAtOpen', 'lookAt', 'close', 'link', 'unlink'] as const) {
      const original: unknown = Reflect.get(steps, name);
      if (typeof original !== 'function') throw new Error(`there is no ${name}`);
      Reflect.set(steps, name, (...args: unknown[]): unknown => {
        before(name, args);
        return Reflect.apply(original, steps, args) as unknown;
      });
    }
  }
  return steps.constructor.name;
}
