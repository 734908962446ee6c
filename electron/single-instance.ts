import { isAbsolute } from 'node:path';
import { app } from 'electron';
import { z } from 'zod';
import { log } from '../service/log';
import type { Launch } from './launch';

const handedOver = z.object({
  paths: z.array(z.string().max(4096).refine(isAbsolute)).max(200),
  readOnly: z.boolean(),
}) satisfies z.ZodType<Launch>;

/**
 * True when this is the only Lockscope on its data folder. Otherwise the running one is given `launch`,
 * and this one should end.
 */
export function becomeOnlyInstance(launch: Launch): boolean {
  return app.requestSingleInstanceLock({ ...launch });
}

/** Hears of starts that found this one running. */
export function onSecondInstance(listener: (launch: Launch) => void): void {
  app.on('second-instance', (_event, _argv, _cwd, data) => {
    const parsed = handedOver.safeParse(data);
    if (parsed.success) listener(parsed.data);
    else log('a second start said nothing that can be understood');
  });
}
