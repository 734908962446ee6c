import { setTimeout as wait } from 'node:timers/promises';
import type { ActionKind, PlanOutcome, SourceRow } from '../core/model';
import { canAsk, confirm } from './ask';
import { CliError, EXIT, type ExitCode } from './exit';
import { requireSource } from './find';
import { withInterrupt } from './interrupt';
import { type Look, withLook } from './look';
import { toJson } from './output/json';
import { planText } from './output/plan';
import { type Outcome, outcomeJson, printOutcome, type ResourceOutcome, shout } from './output/result';
import type { Output } from './output/streams';
import { createStyle } from './output/style';

/** How a command line wants its actions done. */
export interface Manner {
  readonly path: string;
  readonly reason: string | null;
  /** What was looked at before; without it, what this run sees. */
  readonly seen: string | null;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly readOnly: boolean;
}

/** One thing to be done, all or none of it. */
export interface Step {
  readonly action: ActionKind;
  /** What it is about, before there is a plan. */
  readonly resource: string;
  /** Null where no source has it. */
  readonly source: SourceRow | null;
  /** Whether its source cannot be read by its own tools, at the moment of asking. */
  readonly isUnreadable: () => boolean;
  readonly plan: () => Promise<PlanOutcome>;
  /**
   * Of a step that goes on where the one before came to nothing, though it was done: asked right before its turn; where
   * it is not needed, nothing is said of it. When it is done, the one before is.
   */
  readonly isNeeded?: (signal: AbortSignal) => Promise<boolean>;
}

/** Whether its own tools can read a source, as of the last reading of it. */
export function isUnreadable(look: Look, sourceId: string): boolean {
  return look.inspector.snapshot().sources.some(({ id, status }) => id === sourceId && status.kind === 'unreadable');
}

// A peer that appends without looking does so shortly after us, if at all. The inspector's second look is after 1 s.
const AFTERMATH_MS = 1250;

/** Looks at the path and carries out what `stepsOf` finds there, one step after the other, each on what was seen. */
export function carryOut(manner: Manner, stepsOf: (look: Look) => readonly Step[], output: Output): Promise<ExitCode> {
  if (manner.readOnly && !manner.dryRun) {
    throw new CliError('Nothing was written: --read-only refuses every action.', EXIT.refused);
  }
  if (!manner.yes && !manner.dryRun && !canAsk()) {
    throw new CliError(
      'Nothing was written: there is no terminal to ask on. Look with --dry-run first, then say --yes.',
      EXIT.usage,
    );
  }
  return withInterrupt((signal) =>
    withLook([manner.path], { readOnly: manner.readOnly, signal }, (look) => {
      requireSource(look);
      for (const message of look.cutShort) output.say(message);
      return run(manner, stepsOf(look), look, output, signal);
    }),
  );
}

async function run(
  manner: Manner,
  steps: readonly Step[],
  look: Look,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const notices: string[] = [];
  const stopListening = look.inspector.onNotice((notice) => {
    if (notice.tone === 'error') notices.push(notice.message);
    else output.say(notice.message);
  });
  const outcomes: ResourceOutcome[] = [];
  /** Those that tell whether all went well. */
  const decisive: ResourceOutcome[] = [];
  let unreadable = false;
  try {
    for (const step of steps) {
      const before = outcomes.at(-1)?.outcome;
      if (step.isNeeded !== undefined && !(before?.kind === 'done' && (await step.isNeeded(signal)))) continue;
      const outcome = signal.aborted ? GIVEN_UP : await planAndCommit(manner, step, look, output, signal);
      const told: ResourceOutcome = {
        action: step.action,
        resource: step.resource,
        source: step.source?.path ?? null,
        outcome,
      };
      outcomes.push(told);
      if (step.isNeeded !== undefined && outcome.kind === 'done') decisive.pop();
      decisive.push(told);
      unreadable ||= outcome.kind === 'refused' && step.isUnreadable();
      if (!manner.json) printOutcome(told, look.sources.length > 1, output);
    }
    const wrote = outcomes.some(({ outcome }) => outcome.kind === 'done');
    // An interrupt ends the waiting, not the report.
    if (wrote) await wait(AFTERMATH_MS, undefined, { signal }).catch(() => undefined);
  } finally {
    stopListening();
  }
  if (manner.json) output.data(toJson({ results: outcomes.map((o) => outcomeJson(o, Date.now())), notices }));
  for (const notice of notices) shout(notice, output);
  if (unreadable) return EXIT.unreadable;
  return notices.length === 0 && decisive.every(wentWell) ? EXIT.done : EXIT.refused;
}

const GIVEN_UP: Outcome = { kind: 'refused', reasons: ["You gave up before it was this one's turn."] };

const GOOD_EVENTS_GO: Outcome = {
  kind: 'refused',
  reasons: [
    'Good events would go too. Look with --dry-run first, then say why with --reason; without a terminal, say --seen with its token too.',
  ],
};

async function planAndCommit(
  manner: Manner,
  step: Step,
  look: Look,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const planned = await step.plan();
  if (planned.kind !== 'planned') return planned;
  const { plan } = planned;
  if (manner.dryRun) return { kind: 'planned', plan };
  if (plan.action === 'mend' && plan.needs.reason && (manner.reason === null || (manner.yes && manner.seen === null))) {
    return GOOD_EVENTS_GO;
  }
  if (!manner.yes) {
    output.say(planText(plan, step.source?.path ?? '', Date.now(), createStyle(output.colours.say)));
    if (!(await confirm(plan, signal))) return { kind: 'declined' };
  }
  // With --yes, what is named on the command line (a resource, or the token of a mend) is the confirmation.
  const { confirmation } = plan.needs;
  return look.inspector.commit({ planId: plan.id, reason: manner.reason, confirmation }, signal);
}

function wentWell({ outcome }: ResourceOutcome): boolean {
  return outcome.kind === 'planned' || (outcome.kind === 'done' && outcome.warnings.length === 0);
}
