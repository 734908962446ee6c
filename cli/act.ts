import { setTimeout as wait } from 'node:timers/promises';
import { type ClaimAction, isStale, type PlanOutcome } from '../core/model';
import { canAsk, confirm } from './ask';
import { CliError, EXIT, type ExitCode } from './exit';
import { claimsOf, type FoundClaim, findClaim, requireSource } from './find';
import { withInterrupt } from './interrupt';
import { type Look, withLook } from './look';
import { toJson } from './output/json';
import { planText } from './output/plan';
import { type Outcome, outcomeJson, printOutcome, type ResourceOutcome, shout } from './output/result';
import type { Output } from './output/streams';
import { createStyle } from './output/style';

/** One of the three actions, as a command line asks for it. */
export interface ActCommand {
  readonly action: ClaimAction;
  readonly path: string;
  readonly resources: readonly string[] | 'all-stale';
  /** The name that the operator acts as; only for `release`. */
  readonly actAs: string | null;
  readonly reason: string | null;
  /** What was looked at before; without it, what this run sees. */
  readonly seen: string | null;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly readOnly: boolean;
}

// A peer that appends without looking does so shortly after us, if at all. The inspector's second look is after 1 s.
const AFTERMATH_MS = 1250;

/** Does what a command line asks for, one resource after the other, each on what was seen of it. */
export async function act(command: ActCommand, output: Output): Promise<ExitCode> {
  checkUsage(command);
  return withInterrupt((signal) =>
    withLook([command.path], { readOnly: command.readOnly, signal }, (look) => run(command, look, output, signal)),
  );
}

function checkUsage(command: ActCommand): void {
  if (command.readOnly && !command.dryRun) {
    throw new CliError('Nothing was written: --read-only refuses every action.', EXIT.refused);
  }
  if (command.seen !== null && (command.resources === 'all-stale' || command.resources.length !== 1)) {
    throw new CliError('--seen is about one claim: name exactly one resource with it.', EXIT.usage);
  }
  if (!command.yes && !command.dryRun && !canAsk()) {
    throw new CliError(
      'Nothing was written: there is no terminal to ask on. Look with --dry-run first, then say --yes.',
      EXIT.usage,
    );
  }
}

/** A resource on the command line: the claim on it, or why there is none to act on. */
type Target =
  | { readonly kind: 'claim'; readonly found: FoundClaim }
  | { readonly kind: 'none'; readonly resource: string; readonly message: string; readonly unreadable: boolean };

async function run(command: ActCommand, look: Look, output: Output, signal: AbortSignal): Promise<ExitCode> {
  requireSource(look);
  for (const message of look.cutShort) output.say(message);
  const targets = targetsOf(command, look);
  if (targets.length === 0) output.say('Nothing is stale here; nothing was written.');
  const notices: string[] = [];
  const stopListening = look.inspector.onNotice((notice) => {
    if (notice.tone === 'error') notices.push(notice.message);
    else output.say(notice.message);
  });
  const outcomes: ResourceOutcome[] = [];
  let unreadable = false;
  try {
    for (const target of targets) {
      const outcome = await outcomeOf(command, target, look, output, signal);
      outcomes.push(outcome);
      unreadable ||= outcome.outcome.kind !== 'done' && isUnreadable(target);
      if (!command.json) printOutcome(outcome, look.sources.length > 1, output);
    }
    const wrote = outcomes.some(({ outcome }) => outcome.kind === 'done');
    // An interrupt ends the waiting, not the report.
    if (wrote) await wait(AFTERMATH_MS, undefined, { signal }).catch(() => undefined);
  } finally {
    stopListening();
  }
  if (command.json) output.data(toJson({ results: outcomes.map((o) => outcomeJson(o, Date.now())), notices }));
  for (const notice of notices) shout(notice, output);
  if (unreadable) return EXIT.unreadable;
  return notices.length === 0 && outcomes.every(wentWell) ? EXIT.done : EXIT.refused;
}

function targetsOf(command: ActCommand, look: Look): readonly Target[] {
  if (command.resources === 'all-stale') {
    return claimsOf(look)
      .filter(({ claim }) => isStale(claim.verdict))
      .map((found) => ({ kind: 'claim', found }));
  }
  return [...new Set(command.resources)].map((resource): Target => {
    const found = findClaim(look, resource);
    return found.kind === 'found'
      ? { kind: 'claim', found: found.claim }
      : { kind: 'none', resource, message: found.message, unreadable: found.unreadable };
  });
}

function isUnreadable(target: Target): boolean {
  return target.kind === 'none' ? target.unreadable : target.found.source.status.kind === 'unreadable';
}

async function outcomeOf(
  command: ActCommand,
  target: Target,
  look: Look,
  output: Output,
  signal: AbortSignal,
): Promise<ResourceOutcome> {
  const { action } = command;
  if (target.kind === 'none') {
    const { resource, message } = target;
    return { action, resource, source: null, outcome: { kind: 'refused', reasons: [message] } };
  }
  const { claim, source } = target.found;
  const outcome = signal.aborted ? GIVEN_UP : await planAndCommit(command, target.found, look, output, signal);
  return { action, resource: claim.resource, source: source.path, outcome };
}

const GIVEN_UP: Outcome = { kind: 'refused', reasons: ["You gave up before it was this one's turn."] };

async function planAndCommit(
  command: ActCommand,
  { claim, source }: FoundClaim,
  look: Look,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const planned: PlanOutcome = await look.inspector.plan({
    claims: [{ key: claim.key, seen: command.seen ?? claim.seen }],
    action: command.action,
    actAs: command.actAs,
  });
  if (planned.kind !== 'planned') return planned;
  const { plan } = planned;
  if (command.dryRun) return { kind: 'planned', plan };
  if (!command.yes) {
    output.say(planText(plan, source.path, Date.now(), createStyle(output.colours.say)));
    if (!(await confirm(plan, signal))) return { kind: 'declined' };
  }
  // With --yes, the resource named on the command line is the confirmation.
  const confirmation = plan.needs.confirmation === null ? null : claim.resource;
  return look.inspector.commit({ planId: plan.id, reason: command.reason, confirmation }, signal);
}

function wentWell({ outcome }: ResourceOutcome): boolean {
  return outcome.kind === 'planned' || (outcome.kind === 'done' && outcome.warnings.length === 0);
}
