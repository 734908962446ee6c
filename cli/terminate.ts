import { setTimeout as wait } from 'node:timers/promises';
import type { PlanOutcome } from '../core/model';
import { carryOut, isUnreadable, type Manner, type Step } from './carry-out';
import type { ExitCode } from './exit';
import { type FoundClaim, findClaim } from './find';
import type { Look } from './look';
import type { Output } from './output/streams';

export interface TerminateCommand extends Manner {
  readonly resource: string;
  /** Also kill the holder, when it is still there after it was told to end. */
  readonly thenKill: boolean;
}

/** How long a holder that was told to end has for it, in ms, before it is killed. */
const GRACE_MS = 5_000;
const LOOKS_APART_MS = 100;

/** Ends the process that holds a lock: by a signal that it may answer, and then, where asked for, by one that it cannot. */
export function terminate(command: TerminateCommand, output: Output): Promise<ExitCode> {
  return carryOut(
    command,
    (look) => {
      const found = findClaim(look, command.resource, command.seen);
      if (found.kind === 'not-claimed') {
        const refused: PlanOutcome = { kind: 'refused', reasons: [found.message] };
        return [stepFor('terminate', command.resource, look, null, () => Promise.resolve(refused))];
      }
      const { claim } = found;
      const planOf = (action: 'terminate' | 'kill') => (): Promise<PlanOutcome> =>
        look.inspector.plan({
          claims: [{ key: claim.claim.key, seen: command.seen ?? claim.claim.seen }],
          action,
          actAs: null,
        });
      const steps = [stepFor('terminate', command.resource, look, claim, planOf('terminate'))];
      if (!command.thenKill || command.dryRun) return steps;
      const isNeeded = (signal: AbortSignal): Promise<boolean> => isStillHeld(look, claim, signal);
      return [...steps, { ...stepFor('kill', command.resource, look, claim, planOf('kill')), isNeeded }];
    },
    output,
  );
}

function stepFor(
  action: 'terminate' | 'kill',
  resource: string,
  look: Look,
  found: FoundClaim | null,
  plan: Step['plan'],
): Step {
  const source = found?.source ?? null;
  return { action, resource, source, isUnreadable: () => source !== null && isUnreadable(look, source.id), plan };
}

/** Whether the lock is still there after the holder had its time, and may be killed for it. */
async function isStillHeld({ inspector }: Look, { claim, source }: FoundClaim, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + GRACE_MS;
  for (;;) {
    await inspector.reread(source.id);
    const row = inspector.snapshot().claims.find(({ key }) => key === claim.key);
    if (row?.seen !== claim.seen || signal.aborted) return false;
    if (performance.now() > until) return row.actions.includes('kill');
    await wait(LOOKS_APART_MS);
  }
}
