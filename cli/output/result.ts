import { type ActionKind, type ActionResult, assertNever, type Plan, quoteHostile, saidOnce } from '../../core/model';
import { printablePath } from './claims';
import { planJson, planText } from './plan';
import { sentence } from './status';
import type { Output } from './streams';
import { createStyle } from './style';

/** How it went with one resource: a result, or an end before there was one. */
export type Outcome =
  | ActionResult
  /** A dry run: this is what would be done. */
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** The operator said no. */
  | { readonly kind: 'declined' };

export interface ResourceOutcome {
  readonly action: ActionKind;
  readonly resource: string;
  /** The source's path; null when no source has such a claim. */
  readonly source: string | null;
  readonly outcome: Outcome;
}

/**
 * One sentence for a resource: on stdout what was done, on stderr what was not.
 * Where there are `several` sources it begins with its own, because they may hold the same resources.
 */
export function printOutcome({ resource, source, outcome }: ResourceOutcome, several: boolean, output: Output): void {
  const name = `${several && source !== null ? `${printablePath(source)} ` : ''}${quoteHostile(resource, 200)}`;
  switch (outcome.kind) {
    case 'planned': {
      const style = createStyle(output.colours.data);
      output.data(`${planText(outcome.plan, source ?? '', Date.now(), style)}\n`);
      return;
    }
    case 'done':
      output.data(`${name}: ${sentence(outcome.message)}`);
      for (const undoId of new Set((outcome.removed ?? []).map((file) => file.undoId)))
        output.say(`To put it back: lockscope undo <path> ${undoId}`);
      for (const warning of outcome.warnings) shout(warning, output);
      return;
    case 'conflict':
    case 'refused':
    case 'failed':
    case 'declined':
      output.say(`${name}: ${outcomeWords(outcome)}`);
      return;
    default:
      assertNever(outcome);
  }
}

/** What went wrong after a write: loudest of all. */
export function shout(warning: string, output: Output): void {
  const style = createStyle(output.colours.say);
  output.say(style.bold(style.severity('error', `WARNING: ${sentence(warning)}`)));
}

function outcomeWords(outcome: Exclude<Outcome, { kind: 'planned' | 'done' }>): string {
  switch (outcome.kind) {
    case 'conflict':
      return `conflict, nothing was written: ${once(outcome.message)}`;
    case 'refused':
      return `refused, nothing was written: ${outcome.reasons.map(once).join(' ')}`;
    case 'failed':
      return `failed: ${sentence(outcome.error)}`;
    case 'declined':
      return 'left as it is, nothing was written.';
    default:
      return assertNever(outcome);
  }
}

/** Without what the words before it have said already. */
function once(text: string): string {
  return saidOnce(sentence(text));
}

export function outcomeJson({ action, resource, source, outcome }: ResourceOutcome, nowMs: number): object {
  const head = { source, resource, action, result: outcome.kind };
  switch (outcome.kind) {
    case 'planned':
      return { ...head, message: outcome.plan.consequence, ...planJson(outcome.plan, nowMs) };
    case 'done':
      return {
        ...head,
        message: outcome.message,
        written: outcome.written,
        removed: outcome.removed ?? [],
        warnings: outcome.warnings,
      };
    case 'conflict':
      return { ...head, message: outcome.message };
    case 'refused':
      return { ...head, message: outcome.reasons.join(' '), reasons: outcome.reasons };
    case 'failed':
      return { ...head, message: outcome.error, written: outcome.written ?? [] };
    case 'declined':
      return { ...head, message: 'Left as it is.' };
    default:
      return assertNever(outcome);
  }
}
