import type { Command } from 'commander';
import { MEND_KINDS, type MendKind, type SourceRow } from '../../core/model';
import { carryOut, isUnreadable, type Manner, type Step } from '../carry-out';
import type { ExitCode } from '../exit';
import type { Look } from '../look';
import type { Output } from '../output/streams';
import { type ActionOptions, actionCommand, isReadOnly, notBlank } from './options';

export function mendCommand(output: Output, end: (code: ExitCode) => void): Command {
  return actionCommand('mend')
    .summary('take away what keeps a source from being read')
    .description(
      'Move the events at the end of a ledger that its own tools cannot read, and files that dead writers left, to quarantine.',
    )
    .argument('<path>', 'a folder that is a source, or holds some')
    .option('--reason <text>', 'why, for the audit log; needed where good events go too', notBlank)
    .option('--seen <token>', 'only if it is still exactly what a dry run showed', notBlank)
    .action(async (path: string, options: ActionOptions, command: Command) => {
      const manner: Manner = {
        path,
        reason: options.reason ?? null,
        seen: options.seen ?? null,
        dryRun: options.dryRun === true,
        yes: options.yes === true,
        json: options.json === true,
        readOnly: isReadOnly(command),
      };
      const stepsFor = (look: Look): readonly Step[] => {
        const mends = look.sources.flatMap(mendsOf);
        // A token is of one mend alone; one that nothing has any more says so itself.
        const meant = manner.seen === null ? mends : mends.filter(({ seen }) => seen === manner.seen);
        const steps = (meant.length > 0 ? meant : mends).map((mend) => stepFor(mend, manner.seen ?? mend.seen, look));
        if (steps.length === 0) output.say('There is nothing to mend here; nothing was changed.');
        return steps;
      };
      end(await carryOut(manner, stepsFor, output));
    });
}

/** One mend that a source needs, with the token of its offer. */
interface Mend {
  readonly source: SourceRow;
  readonly mend: MendKind;
  readonly seen: string;
}

/** The mends that the findings of a source offer, and what keeps one that is needed from being offered. */
function mendsOf(source: SourceRow): readonly Mend[] {
  const isBroken = source.status.kind === 'unreadable' || source.status.kind === 'undecided';
  return MEND_KINDS.flatMap((mend) => {
    const offer = source.findings.find((finding) => finding.mend?.mend === mend)?.mend;
    // Asked without a token, the source says why it cannot be mended.
    const seen = offer?.seen ?? (isBroken && mend === 'trailing-events' ? '-' : null);
    return seen === null ? [] : [{ source, mend, seen }];
  });
}

function stepFor({ source, mend }: Mend, seen: string, look: Look): Step {
  return {
    action: 'mend',
    resource: mend === 'trailing-events' ? 'trailing events' : 'leftover files',
    source,
    isUnreadable: () => isUnreadable(look, source.id),
    plan: () => look.inspector.planMend({ sourceId: source.id, mend, seen }),
  };
}
